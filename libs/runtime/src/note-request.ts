import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from './logger.js';
import { methodLabelOf, routeLabelOf, type ObserveRequest } from './request-route.js';

export interface NoteRequestOptions {
  readonly logger: Logger;
  readonly stopping: AbortSignal | undefined;
  readonly observeRequest: ObserveRequest | undefined;
}

/** As nginx counts those who did not wait for their answer. */
const clientGone = 499;

/** Gives every request its id, and when it has ended one line with all that is known of it. */
export function noteRequest({ logger, stopping, observeRequest }: NoteRequestOptions): RequestHandler {
  return (request, response, next) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const { method, path } = request;
    const start = performance.now();
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    response.on('close', () => {
      const durationMs = performance.now() - start;
      const status = response.writableFinished ? response.statusCode : clientGone;
      observeRequest?.({ method: methodLabelOf(request), route: routeLabelOf(request), status, durationMs });
      const line = { requestId, method, path, status, durationMs: Math.round(durationMs), ...toldOf(response) };
      if (status === clientGone && stopping?.aborted) logger.warn(line, 'request cut off by the drain');
      else if (status === clientGone) logger.info(line, 'client gone');
      else if (status >= 400) logger.info(line, 'request refused');
      else if (response.locals['isChange'] === true) logger.info(line, 'changed');
      else logger.debug(line, 'request');
    });
    next();
  };
}

/** Adds to the request's line of the log: ids and figures, never what the caller sent or what he proved himself with. */
export function tell(response: Response, facts: Readonly<Record<string, unknown>>): void {
  response.locals['facts'] = { ...toldOf(response), ...facts };
}

/** Has the request's line shown unless the log is turned to warnings: who changed what is asked for long afterwards. */
export function tellChange(response: Response): void {
  response.locals['isChange'] = true;
}

function toldOf(response: Response): object {
  const facts: unknown = response.locals['facts'];
  return typeof facts === 'object' && facts !== null ? facts : {};
}

/** The caller's own id where it is safe to repeat it in a header and a log line, else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header) ? header : randomUUID();
}
