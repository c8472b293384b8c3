import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Router } from 'express';
import type { Logger } from './logger.js';

export interface HttpService {
  /** As it is really bound, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no more connections and resolves when the requests under way are answered. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly routers: readonly Router[];
  /** Each condition of being ready by name, such as `{ broker: true }`. */
  readonly readiness: () => Readonly<Record<string, boolean>>;
  readonly logger: Logger;
}

/** The Express application that every service shares: request ids, one log line a request, health, then the service's own routers. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  app.use((request, response, next) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const start = performance.now();
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    response.on('finish', () => {
      const durationMs = Math.round(performance.now() - start);
      options.logger.debug(
        { requestId, method: request.method, path: request.path, status: response.statusCode, durationMs },
        'request',
      );
    });
    next();
  });
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', (_request, response) => {
    const checks = options.readiness();
    const isReady = Object.values(checks).every(Boolean);
    response.status(isReady ? 200 : 503).json({ status: isReady ? 'ready' : 'not ready', checks });
  });
  for (const router of options.routers) app.use(router);
  app.use(
    (request, response) => void response.status(404).json({ message: `no route ${request.method} ${request.path}` }),
  );
  return app;
}

/** @throws when the address cannot be bound */
export async function listen(app: Express, options: { host: string; port: number }): Promise<HttpService> {
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${options.port} is taken: set PORT to another`) : error),
    );
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** The request's id, as the service's own answers and log lines name it. */
export function requestIdIn(locals: Record<string, unknown>): string {
  return String(locals['requestId']);
}

/** The caller's own id where it is safe to repeat it in a header and a log line, else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header) ? header : randomUUID();
}
