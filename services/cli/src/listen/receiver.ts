import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Failure } from '../program/failure.js';

export interface ReceivedCallback {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface GivenAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Opens the server that the bus calls. Requests that are no callback, such as a ping, are answered with 204. */
export async function openReceiver(options: {
  host: string;
  port: number;
  /** A path that nobody can guess, because anyone may call the server. */
  path: string;
  answer: (callback: ReceivedCallback) => Promise<GivenAnswer>;
}) {
  const { host, port, path, answer } = options;

  async function receive(request: IncomingMessage): Promise<GivenAnswer> {
    // Nothing is read of a request that anyone may send.
    if (request.url !== path) return { status: 404, body: '' };
    const body = await buffer(request);
    if (request.headers['webhook-id'] === undefined) return { status: 204, body: '' };
    return answer({ headers: request.headers, body });
  }

  const server = createServer((request, response) => {
    receive(request).then(
      ({ status, headers = {}, body }) => response.writeHead(status, headers).end(body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Failure(`no server can be opened on ${host}:${port} (${error.message})`)),
    );
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
