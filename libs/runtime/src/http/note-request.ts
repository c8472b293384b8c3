import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import type { Logger } from '../observability/logger.js';
import { methodLabelOf, routeLabelOf, type ObserveRequest } from './request-route.js';

export interface NoteRequestOptions {
  readonly logger: Logger;
  readonly stopping: AbortSignal | undefined;
  readonly observeRequest: ObserveRequest | undefined;
}

/** The contents of a request's log line. */
export interface RequestNote {
  readonly requestId: string;
  /** The path of the request, without the query. */
  readonly path: string;
  /** The template of the route that serves the request. Call it when the request has ended. */
  readonly routeLabel: () => string;
  /** Ids and numbers, never the caller's data or credentials. */
  facts: Readonly<Record<string, unknown>>;
  /** Whether the line is logged at level `info`: operators may need it long afterwards to see who changed what. */
  isChange: boolean;
}

/** The status that nginx logs for a client that disconnects before the answer. */
const clientGone = 499;

const notes = new WeakMap<ServerResponse, RequestNote>();

/** Gives a request its id, and logs one line when the request has ended. */
export function createNoteRequest({ logger, stopping, observeRequest }: NoteRequestOptions) {
  return (
    request: IncomingMessage,
    response: ServerResponse,
    { path, routeLabel }: Pick<RequestNote, 'path' | 'routeLabel'>,
  ): RequestNote => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const note: RequestNote = { requestId, path, routeLabel, facts: {}, isChange: false };
    const start = performance.now();
    response.on('close', () => {
      const durationMs = performance.now() - start;
      const status = response.writableFinished ? response.statusCode : clientGone;
      const { method } = request;
      observeRequest?.({ method: methodLabelOf(method), route: routeLabel(), status, durationMs });
      const log = (level: 'warn' | 'info' | 'debug', message: string) => {
        if (!logger.isLevelEnabled(level)) return;
        const line = { requestId, method, path, status, durationMs: Math.round(durationMs), ...note.facts };
        logger[level](line, message);
      };
      if (status === clientGone && stopping?.aborted) log('warn', 'request cut off by the drain');
      else if (status === clientGone) log('info', 'client gone');
      else if (status >= 400) log('info', 'request refused');
      else if (note.isChange) log('info', 'changed');
      else log('debug', 'request');
    });
    return note;
  };
}

export type NoteRequest = ReturnType<typeof createNoteRequest>;

/** Creates the note of every request that reaches Express. */
export function noteRequests(noteRequest: NoteRequest): RequestHandler {
  return (request, response, next) => {
    const note = noteRequest(request, response, { path: request.path, routeLabel: () => routeLabelOf(request) });
    notes.set(response, note);
    response.setHeader('X-Request-Id', note.requestId);
    next();
  };
}

/** The note of a request that has reached Express. */
export function noteOf(response: Response): RequestNote {
  const note = notes.get(response);
  if (note === undefined) throw new Error('the request was not noted');
  return note;
}

/** Adds facts to the log line of a request: ids and numbers, never the caller's data or credentials. */
export function addFacts(response: Response, facts: Readonly<Record<string, unknown>>): void {
  const note = noteOf(response);
  note.facts = { ...note.facts, ...facts };
}

/** Marks a request as a change, whose line is logged at level `info`. */
export function markChange(response: Response): void {
  noteOf(response).isChange = true;
}

/** The id that the caller gave if it is safe in a header and a log line, otherwise a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header) ? header : randomUUID();
}
