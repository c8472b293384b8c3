import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CannotStart } from '../lifecycle/cannot-start.js';
import { followConnections } from './connections.js';
import { createDrain } from './drain-server.js';
import { limitConnections } from './limit-connections.js';

export interface HttpService {
  /** The bound address, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /**
   * Accepts no more connections, and resolves when the requests in progress are answered. Requests that are still in
   * progress after the time-out for requests, or when `cut` is aborted, are destroyed.
   */
  close(cut?: AbortSignal): Promise<void>;
}

/** The limits that the server enforces before any route. The limits of bodies belong to the routes. */
const defaultLimits = {
  headerBytes: 16 * 1024,
  headerFields: 200,
  headersTimeoutMs: 10_000,
  /** From the first byte of a request to the last byte of its body. */
  requestTimeoutMs: 30_000,
  /**
   * Longer than clients and load balancers keep an idle connection (60 s in load balancers, 90 s in Go and Rust): a
   * request is lost if it is sent just when the server closes the connection.
   */
  keepAliveMs: 120_000,
  /** The time-out for a client that does not read its answer. */
  silenceTimeoutMs: 120_000,
  /** Beyond this limit the connections that have been idle for longest are closed. Health probes are always served. */
  connections: 10_000,
  connectionsPerAddress: Infinity,
};

export type Limits = typeof defaultLimits;

/** The limits on connections in a configuration. */
export function connectionLimitsOf(config: {
  readonly MAX_CONNECTIONS?: number;
  readonly MAX_CONNECTIONS_PER_ADDRESS?: number | undefined;
}): Partial<Limits> {
  const { MAX_CONNECTIONS: connections = defaultLimits.connections } = config;
  const { MAX_CONNECTIONS_PER_ADDRESS: connectionsPerAddress = defaultLimits.connectionsPerAddress } = config;
  return { connections, connectionsPerAddress };
}

/** The interval at which the server checks the time-outs of its clients. */
const checkIntervalMs = 1_000;

/** @param code the operating system's */
function remedyOf(code: string | undefined, { host, port }: { host: string; port: number }): string | undefined {
  if (code === 'EADDRINUSE') return `port ${port} is taken: set PORT to another`;
  if (code === 'EACCES') return `this user may not open port ${port}: set PORT to one above 1023`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `this machine has no address ${host}: set HOST to one that it has`;
  return undefined;
}

/** @throws when the address cannot be bound: CannotStart when another port or host would do */
export async function listen(
  app: RequestListener,
  options: { host: string; port: number; limits?: Partial<Limits> },
): Promise<HttpService> {
  const limits = { ...defaultLimits, ...options.limits };
  const { server, drain } = createLimitedServer(app, limits);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const remedy = remedyOf(error.code, options);
      reject(remedy === undefined ? error : new CannotStart(remedy));
    });
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    close(cut) {
      // Node does not check time-outs while a server is closing.
      const outOfTime = AbortSignal.timeout(limits.requestTimeoutMs);
      return drain(cut ? AbortSignal.any([cut, outOfTime]) : outOfTime);
    },
  };
}

/** When a client exceeds a limit that node enforces, node answers 400, 408 or 431 without a body and closes the connection. */
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
  // With a maximum, node would drop the excess header fields and serve the request.
  server.maxHeadersCount = 0;
  server.timeout = limits.silenceTimeoutMs;
  const followed = followConnections(server);
  const drain = createDrain(server, followed);
  const { connections, connectionsPerAddress: perAddress } = limits;
  const isAdmitted = limitConnections(followed, { connections, perAddress });
  return { server, drain };
}
