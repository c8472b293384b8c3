import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Publishing } from '@callbus/broker/broker';
import express, { type ErrorRequestHandler, type RequestHandler, type Router } from 'express';
import { CannotStart } from '../lifecycle/cannot-start.js';
import type { Doors } from './door.js';
import { followConnections } from './connections.js';
import { createDrain } from './drain-server.js';
import type { Logger } from '../observability/logger.js';
import { createNoteRequest, noteRequests } from './note-request.js';
import type { ObserveRequest } from './request-route.js';
import { keepRoomForHealth } from './room-for-health.js';
import { safeHeaders } from './safe-headers.js';

export interface HttpService {
  /** The address that is bound, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /**
   * Accepts no more connections, and resolves when the requests under way are answered. Requests that are still under
   * way when the time-out for requests is up, or when `cut` is aborted, are cut off.
   */
  close(cut?: AbortSignal): Promise<void>;
}

export interface AppOptions {
  /** Handlers that run before Express. The routers serve the same paths in all other spellings. */
  readonly doors?: Doors;
  readonly routers: readonly Router[];
  /** @returns why a request is answered 403, unless it asks for health */
  readonly refuse?: (request: IncomingMessage) => string | undefined;
  /** Each readiness condition by name, such as `{ broker: true }`. */
  readonly readiness: () => Readonly<Record<string, boolean>>;
  /**
   * Shown by `/readyz` beside the conditions, but not itself one: a broker that takes no messages takes none from any
   * instance.
   */
  readonly publishing?: () => Publishing;
  /** Once it is aborted, the service is not ready. */
  readonly stopping?: AbortSignal;
  /** Called when a request has ended. */
  readonly observeRequest?: ObserveRequest;
  readonly logger: Logger;
}

/** Limits that the server enforces before any route; the limits of bodies belong to the routes. */
const defaultLimits = {
  headerBytes: 16 * 1024,
  headerFields: 200,
  headersTimeoutMs: 10_000,
  /** From the first byte of a request to the last of its body. */
  requestTimeoutMs: 30_000,
  /**
   * Longer than clients and load balancers keep an idle connection (60 s in load balancers, 90 s in Go and Rust): a
   * request that is sent just as the server closes the connection is lost.
   */
  keepAliveMs: 120_000,
  /** For a client that does not read its answer. */
  silenceTimeoutMs: 120_000,
  /** Beyond this limit the connections that have been idle for longest are closed. Health is always served. */
  connections: 10_000,
  connectionsPerAddress: Infinity,
};

export type Limits = typeof defaultLimits;

/** The limits on connections that the configuration sets. */
export function connectionLimitsOf(config: {
  readonly MAX_CONNECTIONS?: number;
  readonly MAX_CONNECTIONS_PER_ADDRESS?: number | undefined;
}): Partial<Limits> {
  const { MAX_CONNECTIONS: connections = defaultLimits.connections } = config;
  const { MAX_CONNECTIONS_PER_ADDRESS: connectionsPerAddress = defaultLimits.connectionsPerAddress } = config;
  return { connections, connectionsPerAddress };
}

/** The longest delay before the server notices a sender's time-out. */
const checkIntervalMs = 1_000;

/**
 * The application that every service shares: safe headers, request ids, one log line per request, health, then the
 * service's own routers. Express serves all of it except the doors: see docs/decisions/0007.
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

/** Answers errors that no router has answered; Express itself would show the stack. */
function answerError(logger: Logger): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const status = clientFaultOf(error);
    if (status === undefined) logger.error({ requestId: requestIdIn(response.locals), err: error }, 'unexpected');
    if (response.headersSent) response.destroy();
    else if (status === undefined) response.status(500).json({ message: 'cannot be answered' });
    else response.status(status).json({ message: 'the request cannot be read' });
  };
}

/** The status of a request that Express itself refuses, such as for a path or a body that cannot be read. */
export function clientFaultOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** @throws when the address cannot be bound: CannotStart when the port is taken */
export async function listen(
  app: RequestListener,
  options: { host: string; port: number; limits?: Partial<Limits> },
): Promise<HttpService> {
  const limits = { ...defaultLimits, ...options.limits };
  const { server, drain } = createLimitedServer(app, limits);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new CannotStart(`port ${options.port} is taken: set PORT to another`) : error,
      ),
    );
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    close(cut) {
      // Node stops checking time-outs once a server is closing.
      const outOfTime = AbortSignal.timeout(limits.requestTimeoutMs);
      return drain(cut ? AbortSignal.any([cut, outOfTime]) : outOfTime);
    },
  };
}

/** When a client breaks a limit of HTTP itself, node answers 400, 408 or 431 without a body and ends the connection. */
function createLimitedServer(app: RequestListener, limits: Limits) {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
    (request, response) => {
      if (request.rawHeaders.length > 2 * limits.headerFields) response.writeHead(431, { Connection: 'close' }).end();
      else if (isAdmitted(request)) app(request, response);
      else response.writeHead(503, { Connection: 'close', 'Retry-After': '1' }).end();
    },
  );
  // With a maximum, node would drop the excess header fields and continue.
  server.maxHeadersCount = 0;
  server.timeout = limits.silenceTimeoutMs;
  const followed = followConnections(server);
  const drain = createDrain(server, followed);
  const { connections, connectionsPerAddress: perAddress } = limits;
  const isAdmitted = keepRoomForHealth(followed, { connections, perAddress });
  return { server, drain };
}

/** The request's id, as the service's own answers and log lines name it. */
export function requestIdIn(locals: Record<string, unknown>): string {
  return String(locals['requestId']);
}
