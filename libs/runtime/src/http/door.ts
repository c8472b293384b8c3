import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestNote } from './note-request.js';
import { safeHeaders } from './safe-headers.js';

/**
 * Serves the POST requests to a path without Express, which would take longer than all other work for an event
 * (docs/decisions/0007-serve-publish-doors-before-express.md). It must not throw.
 */
export type Door = (request: IncomingMessage, response: ServerResponse, note: RequestNote) => void;

/** The doors by their exact paths. */
export type Doors = ReadonlyMap<string, Door>;

export interface DoorAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  /** JSON text, or pieces of JSON text and a line end that are written without being joined. The empty string means no body. */
  readonly body: string | readonly Buffer[];
}

const safe = [...safeHeaders].flat();
/** The end of every body of JSON, for readers of a terminal. */
export const lineEnd = '\n';
const json = ['Content-Type', 'application/json; charset=utf-8', 'Content-Length'];

/** Answers as Express does, with the headers of every answer. */
export function answerAtDoor(response: ServerResponse, { requestId }: RequestNote, answer: DoorAnswer): void {
  const { status, headers = [], body } = answer;
  const text = typeof body === 'string' && body !== '' ? body + lineEnd : body;
  const content = text === '' ? ['Content-Length', '0'] : [...json, String(bytesOf(text))];
  response.writeHead(status, [...safe, 'X-Request-Id', requestId, ...headers, ...content]);
  if (typeof text === 'string') {
    response.end(text);
    return;
  }
  for (const piece of text.slice(0, -1)) response.write(piece);
  response.end(text.at(-1));
}

function bytesOf(body: DoorAnswer['body']): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.reduce((bytes, piece) => bytes + piece.length, 0);
}
