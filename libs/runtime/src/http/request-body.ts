import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBytesInHand, defaultBytesInHand, type BytesInHand } from './bytes-in-hand.js';
import { createInflate } from './inflate.js';
import { createPieces } from './pieces.js';

export const bodyMaxBytes = 5 * 1024 * 1024;

/** Why there is no body. */
export type BodyFault = 'bodyTooLarge' | 'unknownEncoding' | 'unreadableBody' | 'noRoom';

/** The body of one request, counted among the bytes in hand from its first byte until its answer has gone out. */
export interface RequestBody {
  /** Call once. Inflates a compressed body. */
  read(): Promise<Buffer | BodyFault>;
  /** Call when the answer is written and nothing holds the body any more. */
  close(): void;
}

export type OpenBody = (request: IncomingMessage, response: ServerResponse) => RequestBody;

/** Time for a sender that is cut off to finish, and so to read its answer on a connection that was not reset. */
const lingerMs = 1_000;

/** Lets all routes of a process read bodies, within one limit on the bytes in hand. */
export function createBodies(inHand: BytesInHand = createBytesInHand({ limit: defaultBytesInHand() })): OpenBody {
  const inflate = createInflate(bodyMaxBytes);

  return (request, response) => {
    const holding = inHand.open();

    async function read(): Promise<Buffer | BodyFault> {
      const { headers } = request;
      const length = Number(headers['content-length'] ?? NaN);
      const encoding = headers['content-encoding']?.toLowerCase() || 'identity';
      if (!inflate.knows(encoding)) return refuse('unknownEncoding');
      if (length > bodyMaxBytes) return refuse('bodyTooLarge');
      const body = await readBytes(length);
      if (typeof body === 'string') return refuse(body);
      if (encoding === 'identity') return body;
      const inflated = await inflate.whole(encoding, body);
      return typeof inflated === 'string' || inHand.grow(holding, inflated.length) ? inflated : 'noRoom';
    }

    /** @param length NaN when it is not known */
    function readBytes(length: number): Promise<Buffer | BodyFault> {
      // If the client has disconnected before this call, no event follows.
      if (request.destroyed) return Promise.resolve('unreadableBody');
      return new Promise((resolve) => {
        const pieces = createPieces();
        let bytes = 0;
        const stop = (fault: BodyFault) => {
          request.removeListener('data', take);
          pieces.forget();
          resolve(fault);
        };
        const take = (piece: Buffer) => {
          bytes += piece.length;
          if (bytes > bodyMaxBytes) stop('bodyTooLarge');
          else if (!inHand.grow(holding, pieces.add(piece))) stop('noRoom');
          else if (holding.cut === undefined && bytes !== length) inHand.waitFor(holding, () => stop('noRoom'));
        };
        request.on('data', take);
        request.on('end', () => {
          inHand.resume(holding);
          resolve(pieces.whole());
        });
        // A close before the end: the sender has gone.
        request.on('close', () => stop('unreadableBody'));
      });
    }

    /**
     * Reads and discards the rest of the body before the answer is written, because most senders read no answer until
     * they have sent everything.
     */
    async function refuse(fault: BodyFault): Promise<BodyFault> {
      inHand.release(holding);
      if (request.complete || request.destroyed) return fault;
      const ended = new Promise((resolve) => request.resume().once('end', resolve).once('close', resolve));
      await (fault === 'noRoom' ? Promise.race([ended, sleep(lingerMs, undefined, { ref: false })]) : ended);
      response.shouldKeepAlive &&= isComplete(request);
      return fault;
    }

    function close(): void {
      if (holding.bytes === 0) return;
      if (response.destroyed || response.writableLength === 0) {
        inHand.release(holding);
        return;
      }
      inHand.waitFor(holding, () => response.destroy());
      response.once('close', () => inHand.release(holding));
    }

    return { read, close };
  };
}

function isComplete(request: IncomingMessage): boolean {
  return request.complete;
}
