import { gzipSync } from 'node:zlib';
import type { Route } from '../../support/routes.js';
import { validRequest, type Subject } from '../../support/valid-requests.js';
import { awkwardHeader, encodeBody, mutateBytes, mutateJson, mutatePath } from './mutations.js';
import { createRandom, type Random } from './random.js';

export interface FuzzCase {
  readonly route: Route;
  /** The request on the wire. */
  readonly bytes: Buffer;
  readonly path: string;
  readonly isHead: boolean;
  /** Whether the path still leads to the route. */
  readonly isOnRoute: boolean;
  /** Whether the request is valid HTTP, so that the service has to answer it and not Node. */
  readonly isHttp: boolean;
}

export interface FuzzOptions {
  readonly routes: readonly Route[];
  /** The header of a key with all roles. */
  readonly authorization: string;
  /** The header for the internal routes. */
  readonly internalAuthorization: string;
  readonly seed: number;
}

const tooLarge = Buffer.alloc(5 * 1024 * 1024 + 1, ' ');
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

/** The n-th case: a valid request with one or several mutations. */
export function fuzzCase(n: number, { routes, seed, ...options }: FuzzOptions, subject: Subject): FuzzCase {
  const random = createRandom(seed + n * 0x9e3779b1);
  const route = random.of(routes);
  const valid = validRequest(route, aboutOften(random, route, subject, n));
  const isInternal = route.path.startsWith('/internal/');
  const authorization = isInternal ? options.internalAuthorization : options.authorization;
  const headers = new Map([['host', 'x'], ['authorization', authorization], ...Object.entries(valid.headers)]);
  for (let more = random.below(3); more > 0; more -= 1) headers.set(...awkwardHeader(random));

  const isOnRoute = !random.oneIn(8);
  const path = isOnRoute ? valid.path : mutatePath(random, valid.path);
  const method = random.oneIn(12) ? random.of(methods) : valid.method;
  const body = mutateBody(random, route, valid.body ?? '', headers);
  const bytes = write({ method, path, headers, body: frame(random, body, headers) });
  const isHttp = !random.oneIn(50);
  return {
    route,
    bytes: isHttp ? bytes : mutateHead(random, bytes),
    path,
    isHead: method === 'HEAD',
    isOnRoute,
    isHttp,
  };
}

/** The subject, mostly with a new name. It is deleted so rarely that the other cases still find it. */
function aboutOften(random: Random, { method, path }: Route, subject: Subject, n: number): Subject {
  const deletes = method === 'DELETE' && path.endsWith('/:id');
  return {
    ...subject,
    subscription: deletes && !random.oneIn(100) ? 999_999 : subject.subscription,
    newName: random.oneIn(20) ? subject.newName : `${subject.newName}-${n}`,
  };
}

function mutateBody(random: Random, route: Route, body: string, headers: Map<string, string>): Buffer {
  if (random.oneIn(3_000)) return tooLarge;
  if (random.oneIn(3_000)) {
    headers.set('content-encoding', 'gzip');
    return bomb;
  }
  const isJson = random.below(10) < 7;
  const mutated =
    isJson && body !== '' ? Buffer.from(mutateJson(random, body)) : mutateBytes(random, Buffer.from(body));
  const bytes = callsStrangers(route, mutated) ? Buffer.from(body) : mutated;
  if (!random.oneIn(15)) return bytes;
  const encoded = encodeBody(random, bytes);
  headers.set('content-encoding', encoded.encoding);
  return encoded.body;
}

/** Whether a ping or telnet would call an address other than the receiver of the test. */
function callsStrangers({ path }: Route, body: Buffer): boolean {
  if (!/\/(ping|telnet)$/.test(path)) return false;
  try {
    const { callback_url: url } = Object(JSON.parse(body.toString())) as { callback_url?: unknown };
    const text = String(url);
    return new URL(text.includes('://') ? text : `http://${text}`).hostname !== '127.0.0.1';
  } catch {
    return false;
  }
}

/** Sets the length of the body, or sometimes splits it into chunks. */
function frame(random: Random, body: Buffer, headers: Map<string, string>): Buffer {
  if (random.oneIn(10)) {
    headers.set('transfer-encoding', 'chunked');
    const size = (chunk: Buffer) => `${chunk.length.toString(16)}\r\n`;
    const half = Math.ceil(body.length / 2);
    const chunks = [body.subarray(0, half), body.subarray(half)].filter(({ length }) => length > 0);
    return Buffer.concat([
      ...chunks.flatMap((chunk) => [Buffer.from(size(chunk)), chunk, Buffer.from('\r\n')]),
      Buffer.from('0\r\n\r\n'),
    ]);
  }
  headers.set('content-length', String(body.length));
  return body;
}

function write({
  method,
  path,
  headers,
  body,
}: {
  method: string;
  path: string;
  headers: Map<string, string>;
  body: Buffer;
}): Buffer {
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...Array.from(headers, ([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** Makes a request that is not HTTP. */
function mutateHead(random: Random, bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n\r\n');
  return Buffer.concat([mutateBytes(random, bytes.subarray(0, end)), bytes.subarray(end)]);
}
