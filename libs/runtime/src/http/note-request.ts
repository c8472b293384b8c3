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

/** What the log line of a request will say. */
export interface RequestNote {
  readonly requestId: string;
  /** As requested, without the query. */
  readonly path: string;
  /** The template of the route that took the request, if a route has by now. */
  readonly routeLabel: () => string;
  /** Ids and figures, never the caller's data or credentials. */
  facts: Readonly<Record<string, unknown>>;
  /** Logs the line at level `info`, because operators ask long afterwards who changed what. */
  isChange: boolean;
}

/** nginx's status for a client that closes the connection before its answer. */
const clientGone = 499;

const notes = new WeakMap<ServerResponse, RequestNote>();

/** Gives a request its id, and logs one line about the request when it has ended. */
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

/** Notes every request that reaches Express. */
export function noteRequests(noteRequest: NoteRequest): RequestHandler {
  return (request, response, next) => {
    const note = noteRequest(request, response, { path: request.path, routeLabel: () => routeLabelOf(request) });
    notes.set(response, note);
    response.locals['requestId'] = note.requestId;
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

/** Adds facts to the log line of a request: ids and figures, never the caller's data or credentials. */
export function tell(response: Response, facts: Readonly<Record<string, unknown>>): void {
  const note = noteOf(response);
  note.facts = { ...note.facts, ...facts };
}

/** Logs the request's line at level `info`, because operators ask long afterwards who changed what. */
export function tellChange(response: Response): void {
  noteOf(response).isChange = true;
}

/** The caller's own id if it is safe in a header and a log line, else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header) ? header : randomUUID();
}
