import { bytesOf, type CallbackBody } from './body.js';
import type { CallbackHeaders } from './headers.js';
import { answer, bodyMaxBytes, receive, type Answer, type ReceiveOptions } from './receive.js';

/** What the handler uses of a request of Express or of `node:http`. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly headers: CallbackHeaders;
  /** What a parser has left, such as `express.raw()`. */
  readonly body?: unknown;
  readonly readableEnded: boolean;
}

/** What the handler uses of a response. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/**
 * A handler for Express: `app.use('/events', expressHandler(options))`, before `express.json()`, or behind
 * `express.raw({ type: () => true })`.
 * It fits servers of `node:http` too. What `onEvent` throws goes to `next`; without it, the answer is 500.
 */
export function expressHandler(
  options: ReceiveOptions,
): (request: NodeRequest, response: NodeResponse, next?: (error: unknown) => void) => void {
  return (request, response, next) => {
    receiveFrom(request, options).then(
      (given) => send(response, given),
      (error: unknown) => (next === undefined ? send(response, answer(500, {})) : next(error)),
    );
  };
}

async function receiveFrom(request: NodeRequest, options: ReceiveOptions): Promise<Answer> {
  const { method = '', headers } = request;
  const body = await bodyOf(request);
  if (body === undefined) return answer(413, { message: 'the body is too large' });
  return receive({ method, headers, body }, options);
}

/** @returns undefined when the body is too large */
async function bodyOf(request: NodeRequest): Promise<CallbackBody | undefined> {
  // What another parser has made of the body is handed on, so that the answer says what is wrong.
  if (request.readableEnded || bytesOf(request.body) !== undefined) return request.body as CallbackBody;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > bodyMaxBytes) return undefined;
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

function send(response: NodeResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
