import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import type { Fault } from '../errors.js';

const bodyMaxBytes = 5 * 1024 * 1024;

type Parse = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

const parse: Parse = express.raw({ type: () => true, limit: bodyMaxBytes });

/** The request's body as bytes, inflated when it came compressed; what the publisher sent wrong is a fault. */
export function readBody(request: IncomingMessage, response: ServerResponse): Promise<Buffer | Fault> {
  return isPlain(request) ? readPlain(request) : readAny(request, response);
}

/** Of a length that is known and allowed: HTTP's parser lets no more through, and nothing has to be inflated. */
function isPlain({ headers }: IncomingMessage): boolean {
  return headers['content-encoding'] === undefined && Number(headers['content-length']) <= bodyMaxBytes;
}

function readPlain(request: IncomingMessage): Promise<Buffer | Fault> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () =>
      resolve(chunks[0] !== undefined && chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)),
    );
    // Before its end: the publisher has gone.
    request.on('close', () => resolve({ kind: 'unreadableBody' }));
  });
}

async function readAny(request: IncomingMessage, response: ServerResponse): Promise<Buffer | Fault> {
  const error = await new Promise<unknown>((resolve) => parse(request, response, resolve));
  if (error !== undefined) return faultOf(error);
  return 'body' in request && Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** @throws the error when it is not the publisher's */
function faultOf(error: unknown): Fault {
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (type === 'entity.too.large') return { kind: 'bodyTooLarge', limit: bodyMaxBytes };
  if (type === 'encoding.unsupported') return { kind: 'unknownEncoding' };
  if (typeof status === 'number' && status < 500) return { kind: 'unreadableBody' };
  throw error;
}
