import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Fault } from '../errors.js';

const bodyMaxBytes = 5 * 1024 * 1024;

const parse: RequestHandler = express.raw({ type: () => true, limit: bodyMaxBytes });

/** The request's body as bytes, inflated when it came compressed; what the publisher sent wrong is a fault. */
export async function readBody(request: Request, response: Response): Promise<Buffer | Fault> {
  const error = await new Promise<unknown>((resolve) => {
    void parse(request, response, resolve);
  });
  if (error !== undefined) return faultOf(error);
  const body: unknown = request.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** @throws the error when it is not the publisher's */
function faultOf(error: unknown): Fault {
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (type === 'entity.too.large') return { kind: 'bodyTooLarge', limit: bodyMaxBytes };
  if (type === 'encoding.unsupported') return { kind: 'unknownEncoding' };
  if (typeof status === 'number' && status < 500) return { kind: 'unreadableBody' };
  throw error;
}
