import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBytesInHand, defaultBytesInHand, type BytesInHand } from './bytes-in-hand.js';
import { createInflate } from './inflate.js';
import { createPieces } from './pieces.js';

export const bodyMaxBytes = 5 * 1024 * 1024;

/** The reason why a body cannot be read. `overloaded`: all requests together have too many bytes in hand. */
export type BodyFault = 'bodyTooLarge' | 'unknownEncoding' | 'unreadableBody' | 'overloaded';

/** The body of one request. It counts among the bytes in hand from its first byte until the answer is sent. */
export interface RequestBody {
  /** Reads the body and inflates it. Call it only once. */
  read(): Promise<Buffer | BodyFault>;
  /** Call this when the answer is written and the body is no longer used. */
  close(): void;
}

export type OpenBody = (request: IncomingMessage, response: ServerResponse) => RequestBody;

/** The time for a sender whose body is refused to send the rest: a reset of the connection could lose the answer. */
const lingerMs = 1_000;

/** Opens the bodies of all requests of a process, within one limit on the bytes in hand. */
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
      return typeof inflated === 'string' || inHand.grow(holding, inflated.length) ? inflated : 'overloaded';
    }

    /** @param length NaN when the request does not state it */
    function readBytes(length: number): Promise<Buffer | BodyFault> {
      // After a disconnect the request emits no more events.
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
          else if (!inHand.grow(holding, pieces.add(piece))) stop('overloaded');
          else if (holding.cut === undefined && bytes !== length) inHand.waitFor(holding, () => stop('overloaded'));
        };
        request.on('data', take);
        request.on('end', () => {
          inHand.resume(holding);
          resolve(pieces.whole());
        });
        request.on('close', () => {
          // A close before the end: the client has disconnected.
          if (!request.readableEnded) stop('unreadableBody');
        });
      });
    }

    /** Reads and discards the rest of the body, because most senders read the answer only when they have sent the body. */
    async function refuse(fault: BodyFault): Promise<BodyFault> {
      inHand.release(holding);
      if (request.complete || request.destroyed) return fault;
      const ended = new Promise((resolve) => request.resume().once('end', resolve).once('close', resolve));
      await (fault === 'overloaded' ? Promise.race([ended, sleep(lingerMs, undefined, { ref: false })]) : ended);
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
