import type { IncomingMessage, RequestListener } from 'node:http';
import type { Publishing } from '@callbus/broker/broker';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Logger } from '../observability/logger.js';
import type { Doors } from './door.js';
import { createNoteRequest, noteOf, noteRequests } from './note-request.js';
import type { ObserveRequest } from './request-route.js';
import { safeHeaders } from './safe-headers.js';

export interface AppOptions {
  /** Handlers that run before Express. The routers serve all other spellings of their paths. */
  readonly doors?: Doors;
  readonly routers: readonly RequestHandler[];
  /** @returns the reason why a request is answered 403. It is not called for health probes */
  readonly refuse?: (request: IncomingMessage) => string | undefined;
  /** The readiness conditions by name, such as `{ broker: true }`. */
  readonly readiness: () => Readonly<Record<string, boolean>>;
  /** Shown by `/readyz`, but no condition: a broker that takes no messages takes none from any instance. */
  readonly publishing?: () => Publishing;
  /** The service is not ready after this is aborted. */
  readonly stopping?: AbortSignal;
  /** Called when a request has ended. */
  readonly observeRequest?: ObserveRequest;
  readonly logger: Logger;
}

/**
 * The application of a service: safe headers, request ids, one log line per request, health, then the service's own
 * routers. Express serves all of it except the doors (docs/decisions/0007-serve-publish-doors-before-express.md).
 */
export function createApp(options: AppOptions): RequestListener {
  const { doors, routers, refuse, readiness, publishing, stopping, observeRequest, logger } = options;
  const noteRequest = createNoteRequest({ logger, stopping, observeRequest });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  app.use(setSafeHeaders);
  app.use(noteRequests(noteRequest));
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', (_request, response) => {
    const checks = readiness();
    const isDraining = stopping?.aborted === true;
    const isReady = !isDraining && Object.values(checks).every(Boolean);
    const status = isDraining ? 'draining' : isReady ? 'ready' : 'not ready';
    response.status(isReady ? 200 : 503).json({ status, checks, publishing: publishing?.() });
  });
  if (refuse !== undefined) app.use(answerRefused(refuse));
  for (const router of routers) app.use(router);
  app.use(
    (request, response) => void response.status(404).json({ message: `no route ${request.method} ${request.path}` }),
  );
  app.use(answerError(logger));
  if (doors === undefined) return app;

  return (request, response) => {
    const { method, url = '' } = request;
    const door = method === 'POST' ? doors.get(url) : undefined;
    if (door === undefined || refuse?.(request) !== undefined) app(request, response);
    else door(request, response, noteRequest(request, response, { path: url, routeLabel: () => url }));
  };
}

const setSafeHeaders: RequestHandler = (_request, response, next) => {
  response.setHeaders(safeHeaders);
  next();
};

function answerRefused(refuse: NonNullable<AppOptions['refuse']>): RequestHandler {
  return (request, response, next) => {
    const message = refuse(request);
    if (message === undefined) next();
    else response.status(403).json({ message });
  };
}

/** Answers the errors that no router has answered. Express itself would show the stack. */
function answerError(logger: Logger): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const status = clientErrorOf(error);
    if (status === undefined) logger.error({ requestId: noteOf(response).requestId, err: error }, 'unexpected');
    if (response.headersSent) response.destroy();
    else if (status === undefined) response.status(500).json({ message: 'cannot be answered' });
    else response.status(status).json({ message: 'the request cannot be read' });
  };
}

/** The status of a request that Express itself refuses, for example because its path or body cannot be decoded. */
export function clientErrorOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
