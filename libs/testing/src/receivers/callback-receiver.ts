import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface ReceivedRequest {
  readonly method: string;
  /** The path with the query, as received. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Epoch milliseconds when the request was complete. */
  readonly at: number;
}

export interface ScriptedAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly delayMs?: number;
}

export interface ReceiverOptions {
  /**
   * Called when a request is complete; `count` is its number, from 1. If it returns undefined, the receiver sends
   * nothing: the request hangs, unless the function itself trickles or breaks the connection through `response`.
   */
  readonly answer?: (
    request: ReceivedRequest,
    count: number,
    response: ServerResponse,
  ) => ScriptedAnswer | undefined | Promise<ScriptedAnswer | undefined>;
  /** Default: any free port. */
  readonly port?: number;
}

export interface Receiver {
  /** The URL without a path, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The requests in the order of their completion. */
  readonly requests: readonly ReceivedRequest[];
  /** Breaks every connection. */
  close(): Promise<void>;
}

/** A real HTTP server that records its requests and answers as configured. Default: 200 with an empty body. */
export async function openReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const { answer = (): ScriptedAnswer => ({}), port = 0 } = options;
  const requests: ReceivedRequest[] = [];
  const delays = new Set<NodeJS.Timeout>();

  async function receive(message: IncomingMessage, response: ServerResponse) {
    const request = await readRequest(message);
    const given = await answer(request, requests.push(request), response);
    if (given === undefined) return;
    if (given.delayMs === undefined) send(response, given);
    else sendLater(response, given, given.delayMs);
  }

  function sendLater(response: ServerResponse, given: ScriptedAnswer, delayMs: number) {
    const delay = setTimeout(() => {
      delays.delete(delay);
      send(response, given);
    }, delayMs);
    delays.add(delay);
  }

  const server = createServer((message, response) => {
    receive(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        delays.forEach(clearTimeout);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(message: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const { method = '', url: path = '', headers } = message;
  return { method, path, headers, body: Buffer.concat(chunks), at: Date.now() };
}

function send(response: ServerResponse, answer: ScriptedAnswer): void {
  response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
}
