import type { IncomingMessage, RequestListener } from 'node:http';
import type { Publishing } from '@callbus/broker/broker';
import type { ApiPart } from '@callbus/openapi/document';
import { createNearest } from '@callbus/openapi/nearest';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Logger } from '../observability/logger.js';
import { createOwnRouter } from '../api/own-router.js';
import { ownPart, ownRoutes } from '../api/own-part.js';
import type { Doors } from './door.js';
import { createNoteRequest, noteOf, noteRequests } from './note-request.js';
import type { ObserveRequest } from './request-route.js';
import { safeHeaders } from './safe-headers.js';
import { sendJson } from './send-json.js';

export interface AppOptions {
  /** Handlers that run before Express. The routers serve all other spellings of their paths. */
  readonly doors?: Doors;
  readonly routers: readonly RequestHandler[];
  /** The descriptions of the routers and doors. */
  readonly parts?: readonly ApiPart[];
  /** Not called for health probes. @returns the reason why a request is answered 403; undefined to serve it */
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
 * The application of a service: safe headers, request ids, one log line per request, health, the service's own routers, then
 * the about page and the description of all APIs. Express serves all of it except the doors
 * (docs/decisions/0007-serve-publish-doors-before-express.md).
 */
export function createApp(options: AppOptions): RequestListener {
  const { doors, routers, parts = [], refuse, readiness, publishing, stopping, observeRequest, logger } = options;
  const noteRequest = createNoteRequest({ logger, stopping, observeRequest });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  app.use(setSafeHeaders);
  app.use(noteRequests(noteRequest));
  app.get(ownRoutes.health.path, (_request, response) => sendJson(response, 200, { status: 'ok' }));
  app.get(ownRoutes.readiness.path, (_request, response) => {
    const checks = readiness();
    const isDraining = stopping?.aborted === true;
    const isReady = !isDraining && Object.values(checks).every(Boolean);
    const status = isDraining ? 'draining' : isReady ? 'ready' : 'not ready';
    sendJson(response, isReady ? 200 : 503, { status, checks, publishing: publishing?.() });
  });
  if (refuse !== undefined) app.use(answerRefused(refuse));
  for (const router of [...routers, createOwnRouter()]) app.use(router);
  const nearest = createNearest([ownPart, ...parts].flatMap(({ operations }) => operations));
  app.use((request, response) => {
    const { method, path } = request;
    const route = nearest(method, path);
    const hint = route === undefined ? '' : `, the nearest is ${route}`;
    sendJson(response, 404, { message: `no route ${method} ${path}${hint}` });
  });
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
    else sendJson(response, 403, { message });
  };
}

/** Answers the errors that no router has answered. Express itself would show the stack. */
function answerError(logger: Logger): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const status = clientErrorOf(error);
    if (status === undefined) logger.error({ requestId: noteOf(response).requestId, err: error }, 'unexpected');
    if (response.headersSent) response.destroy();
    else if (status === undefined) sendJson(response, 500, { message: 'cannot be answered' });
    else sendJson(response, status, { message: 'the request cannot be read' });
  };
}

/** The status of a request that Express itself refuses, for example because its path or body cannot be decoded. */
export function clientErrorOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
