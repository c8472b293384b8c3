import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Door {
  readonly url: string;
  /** The media types and bodies of all requests. */
  readonly requests: { readonly type: string; readonly body: string }[];
  /** Answers the next request in place of the bus. */
  answerNext(answer: (response: ServerResponse) => void): void;
  /** Forwards the next request, and loses the answer of the bus. */
  loseNextAnswer(): void;
  /** From now on requests wait until `release`. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** A server in front of the bus that fails when the test says so. */
export async function openDoor(bus: string): Promise<Door> {
  const requests: { type: string; body: string }[] = [];
  const next: ((response: ServerResponse) => void)[] = [];
  const held: (() => void)[] = [];
  let isHolding = false;
  let isLosing = false;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    const type = String(request.headers['content-type']);
    requests.push({ type, body });
    if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
    const answer = next.shift();
    if (answer !== undefined) {
      answer(response);
      return;
    }
    const loses = isLosing;
    isLosing = false;
    const { status, headers, text } = await fetch(bus + String(request.url), {
      method: 'POST',
      body,
      headers: { 'content-type': type, 'x-callbus-hops': String(request.headers['x-callbus-hops'] ?? 0) },
    }).then(async (answered) => ({ status: answered.status, headers: answered.headers, text: await answered.text() }));
    if (loses) return void response.destroy();
    const repeated = headers.get('x-callbus-repeated');
    response.writeHead(status, repeated === null ? {} : { 'x-callbus-repeated': repeated }).end(text);
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerNext: (answer) => void next.push(answer),
    loseNextAnswer: () => void (isLosing = true),
    hold: () => void (isHolding = true),
    release() {
      isHolding = false;
      for (const resolve of held.splice(0)) resolve();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
