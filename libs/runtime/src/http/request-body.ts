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
  /** To be called once. Inflates what came compressed. */
  read(): Promise<Buffer | BodyFault>;
  /** To be called when the answer is written and nothing holds the body any more. */
  close(): void;
}

export type OpenBody = (request: IncomingMessage, response: ServerResponse) => RequestBody;

/** A sender who is cut may finish in this time, and so reads his answer on a connection that was not reset. */
const lingerMs = 1_000;

/** How every route of a process reads its bodies, within one bound. */
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
      // A sender that waited for its turn may be gone meanwhile, unnoticed.
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
        // Before its end: the sender has gone.
        request.on('close', () => stop('unreadableBody'));
      });
    }

    /** What still comes is read and forgotten before the answer is written, since most senders read none before they have sent all. */
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
