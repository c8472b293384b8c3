import { connect } from 'node:net';
import express from 'express';
import { createApp } from '@callbus/runtime/http/app';
import { listen, type HttpService, type Limits } from '@callbus/runtime/http/http-service';
import { createLogger } from '@callbus/runtime/observability/logger';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, describe, expect, test } from '@jest/globals';

const logger = createLogger({ service: 'test', level: 'silent' });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Answers a POST at the end of its body, and `GET /slow` when `release` is called. */
async function serve(limits: Partial<Limits> = {}) {
  const router = express.Router();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const seen = { requests: 0 };
  router.post('/', (request, response) => {
    seen.requests += 1;
    request.resume().on('end', () => response.send('whole'));
  });
  router.get('/slow', (_request, response) => {
    seen.requests += 1;
    void released.then(() => response.send('late'));
  });
  router.get('/broken', () => {
    throw new Error('secret detail');
  });
  const stopping = new AbortController();
  const app = createApp({ routers: [router], readiness: () => ({}), stopping: stopping.signal, logger });
  const service: HttpService = await listen(app, { host: '127.0.0.1', port: 0, limits });
  closers.push(() => service.close());
  return {
    url: service.url,
    port: Number(new URL(service.url).port),
    close: (cut?: AbortSignal) => service.close(cut),
    seen,
    release,
    stopping,
  };
}

/** Opens a connection that sends the given text, and nothing else. */
function open(port: number, ...texts: string[]) {
  const socket = connect(port, '127.0.0.1');
  const state = { answer: '', isClosed: false };
  socket.setEncoding('latin1').on('data', (text: string) => (state.answer += text));
  socket.on('error', () => undefined).on('close', () => (state.isClosed = true));
  for (const text of texts) socket.write(text);
  closers.push(() => socket.destroy());
  return {
    state,
    socket,
    end: async () => {
      await waitFor(() => state.isClosed, { what: 'the end of the connection' });
      return state.answer;
    },
  };
}

const post = 'POST / HTTP/1.1\r\nHost: x\r\n';
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

describe('slow clients are cut off', () => {
  test.each([
    ['nothing at all', ''],
    ['half a header', 'GET / HTTP/1.1\r\nHo'],
    ['headers without an end', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n'],
  ])('%s', async (_case, words) => {
    const { port } = await serve({ headersTimeoutMs: 100 });
    expect(await open(port, words).end()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a body that arrives slowly', async () => {
    const { port } = await serve({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
    const slow = open(port, `${post}Content-Length: 1000\r\n\r\n`);
    const trickle = setInterval(() => slow.socket.write('x'), 20);
    closers.push(() => clearInterval(trickle));
    expect(await slow.end()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('an idle connection is kept longer than the 90 s of the pools of Go and Rust', async () => {
    const { port } = await serve();
    const { state } = open(port, get('/healthz'));
    await waitFor(() => state.answer.endsWith('}\n'), { what: 'the answer' });
    expect(Number(/^Keep-Alive: timeout=(\d+)/im.exec(state.answer)?.[1])).toBeGreaterThan(90);
  });

  test('an idle connection after its time-out', async () => {
    const { port } = await serve({ keepAliveMs: 50 });
    expect(await open(port, get('/healthz')).end()).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('headers are limited', () => {
  test.each([
    ['one that is too large', `A: ${'x'.repeat(16 * 1024)}\r\n`],
    [
      'many that are too large together',
      Array.from({ length: 150 }, (_, n) => `A${n}: ${'x'.repeat(120)}\r\n`).join(''),
    ],
    ['too many', Array.from({ length: 201 }, (_, n) => `A${n}: x\r\n`).join('')],
  ])('%s', async (_case, headers) => {
    const { port, seen } = await serve();
    expect(await open(port, `${post}${headers}\r\n`).end()).toMatch(/^HTTP\/1\.1 431 /);
    expect(seen.requests).toBe(0);
  });

  test('a request that is not HTTP is answered 400', async () => {
    const { port } = await serve();
    expect(await open(port, '\u0016\u0003\u0001 hello\r\n\r\n').end()).toMatch(/^HTTP\/1\.1 400 /);
    const smuggled = `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(await open(port, smuggled).end()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('connections beyond the limit', () => {
  const connections = 4;
  const health = ['/healthz', '/readyz', '/metrics'];

  /** Opens as many connections as the limit allows, each of which sends the given text. */
  async function fill(port: number, ...texts: string[]) {
    const all = [];
    for (let count = 0; count < connections; count += 1) {
      const one = open(port, ...texts);
      all.push(one);
      await waitFor(() => one.socket.readyState === 'open', { what: 'a connection' });
    }
    return all;
  }

  /** Requests a path on a new connection. @returns the status; undefined when the connection was closed without an answer */
  async function statusOf(port: number, path: string): Promise<string | undefined> {
    const one = open(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    return /^HTTP\/1\.1 (\d+)/.exec(await one.end())?.[1];
  }

  test.each([
    ['silent', []],
    ['sending their headers', ['GET / HTTP/1.1\r\nHo']],
    ['idle after a request', [get('/healthz')]],
  ])('replace connections that are %s, the oldest first', async (_case, texts) => {
    const { port } = await serve({ connections });
    const [oldest, ...others] = await fill(port, ...texts);
    if (texts[0]?.endsWith('\r\n\r\n'))
      await waitFor(() => [oldest, ...others].every((one) => one?.state.answer), { what: 'answers' });
    for (const path of health) expect(await statusOf(port, path)).toMatch(/200|404/);
    expect(oldest?.state.isClosed).toBe(true);
    expect(await statusOf(port, '/nowhere')).toBe('404');
    expect(others.at(-1)?.state.isClosed).toBe(false);
  });

  test('do not replace a connection that was used recently', async () => {
    const { port } = await serve({ connections });
    const [used, idle] = await fill(port);
    used?.socket.write(get('/healthz'));
    await waitFor(() => used?.state.answer, { what: 'an answer' });
    expect(await statusOf(port, '/healthz')).toBe('200');
    expect([used?.state.isClosed, idle?.state.isClosed]).toEqual([false, true]);
  });

  test('replace connections that send a request slowly when no connection is idle', async () => {
    const { port, seen } = await serve({ connections });
    const slow = await fill(port, `${post}Content-Length: 10\r\n\r\nabc`);
    await waitFor(() => seen.requests === connections, { what: 'the requests' });
    expect(await statusOf(port, '/nowhere')).toBe('404');
    expect(slow.map(({ state }) => state.isClosed)).toEqual([true, false, false, false]);
  });

  test('may only ask for health when all others wait for answers', async () => {
    const { port, seen, release } = await serve({ connections });
    const busy = await fill(port, get('/slow'));
    await waitFor(() => seen.requests === connections, { what: 'the requests' });
    for (let turn = 0; turn < 150; turn += 1) open(port);
    expect(await statusOf(port, '/healthz')).toBe('200');
    expect(await statusOf(port, '/readyz?verbose')).toBe('200');
    expect(await statusOf(port, '/nowhere')).toBe('503');
    release();
    await waitFor(() => busy.every(({ state }) => state.answer.endsWith('late')), { what: 'the answers' });
    expect(await statusOf(port, '/nowhere')).toBe('404');
  });

  test('of one address may only ask for health beyond the limit per address', async () => {
    const { port } = await serve({ connectionsPerAddress: 2 });
    const [, second] = await fill(port);
    expect(await statusOf(port, '/healthz')).toBe('200');
    expect(await statusOf(port, '/nowhere')).toBe('503');
    second?.socket.destroy();
    await waitFor(async () => (await statusOf(port, '/nowhere')) === '404', { what: 'a free connection' });
  });
});

describe('every answer', () => {
  test.each([
    ['/healthz', 200],
    ['/nowhere', 404],
    ['/broken', 500],
  ])('of %s has safe headers and shows no internals', async (path, status) => {
    const { url } = await serve();
    const answer = await fetch(`${url}${path}`);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'strict-transport-security': expect.any(String),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(answer.headers.has('x-powered-by')).toBe(false);
    expect(await answer.text()).not.toContain('secret detail');
  });
});

describe('closing', () => {
  test('finishes the requests in progress, and announces the end of the connection', async () => {
    const service = await serve();
    const slow = open(service.port, get('/slow'));
    await waitFor(() => service.seen.requests === 1, { what: 'the request' });
    const closed = service.close();
    const meanwhile = await fetch(service.url);
    await meanwhile.arrayBuffer();
    expect(meanwhile.headers.get('connection')).toBe('close');
    service.release();
    await closed;
    await expect(fetch(service.url)).rejects.toThrow();
    expect(await slow.end()).toMatch(/^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n[^]*late$/);
  });

  test('does not wait for connections that are silent, idle or sending headers', async () => {
    const { port, close } = await serve();
    const idle = open(port, get('/healthz'));
    await waitFor(() => idle.state.answer, { what: 'an answer' });
    const others = [open(port), open(port, 'GET / HT')];
    await waitFor(() => others.every(({ socket }) => socket.readyState === 'open'), { what: 'connections' });
    await close();
    expect(await Promise.all([idle, ...others].map(({ end }) => end()))).toEqual([idle.state.answer, '', '']);
  });

  test('cuts off a slow client after the time-out of a request', async () => {
    const { port, seen, close } = await serve({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
    const slow = open(port, `${post}Content-Length: 10\r\n\r\nabc`);
    await waitFor(() => seen.requests === 1, { what: 'the request' });
    await close();
    expect(await slow.end()).toBe('');
  });

  test('cuts off all requests when the signal is aborted', async () => {
    const { port, seen, close } = await serve();
    const slow = open(port, get('/slow'));
    await waitFor(() => seen.requests === 1, { what: 'the request' });
    await close(AbortSignal.timeout(50));
    expect(await slow.end()).toBe('');
  });

  test('is announced by /readyz', async () => {
    const { url, stopping } = await serve();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    stopping.abort();
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'draining', checks: {} }]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});
