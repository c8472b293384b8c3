import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import type { Lookup } from '@callbus/callback/dns/look-up';
import type { Post } from '@callbus/callback/post';
import { createTestPost } from './create-test-post.js';

let post: Post;
let server: Server | undefined;

beforeAll(() => {
  post = createTestPost();
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise<unknown>((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});
afterAll(() => post.close());

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const call = (url: string, timeoutMs = 5_000) =>
  post.post({
    url,
    headers: { 'content-type': 'application/json', 'x-more': 'yes' },
    body: Buffer.from('{"a":1}'),
    timeoutMs,
  });

describe('post', () => {
  test('sends body, headers, path and query unchanged', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'content-type': type, 'user-agent': agent, 'x-more': more } = request.headers;
        seen.push([request.method, request.url, type, agent, more, Buffer.concat(chunks).toString()]);
        response.writeHead(202).end('taken');
      });
    });
    expect(await call(`${url}/in/here?a=%20b&c=1`)).toMatchObject({
      kind: 'answer',
      status: 202,
      body: Buffer.from('taken'),
    });
    expect(seen).toEqual([['POST', '/in/here?a=%20b&c=1', 'application/json', 'callbus/test', 'yes', '{"a":1}']]);
  });

  test.each<[string, Record<string, string>]>([
    ['a header value', { 'x-more': 'x日' }],
    ['a header name', { 'x more': 'yes' }],
    ['a header that the connection decides', { expect: '100-continue' }],
  ])('sends nothing when %s cannot be sent', async (_case, headers) => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls += 1;
      response.end();
    });
    const body = Buffer.from('{}');
    expect(await post.post({ url, headers, body, timeoutMs: 5_000 })).toMatchObject({
      kind: 'unsent',
      because: 'request',
      reason: expect.any(String),
    });
    expect(calls).toBe(0);
  });

  test('reuses connections', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => response.end('ok'));
    });
    for (let round = 0; round < 20; round += 1) await call(url);
    // Two, because a call may begin before the connection of the previous call is released.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test('does not follow a redirect', async () => {
    const url = await serve((request, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(request.url),
    );
    expect(await call(`${url}/first`)).toMatchObject({ kind: 'answer', status: 302, body: Buffer.from('/first') });
  });

  test('keeps the first 64 KiB of an endless answer, and closes the connection', async () => {
    let isCutOff = false;
    const url = await serve((_request, response) => {
      const write = () => {
        while (!isCutOff && response.write('x'.repeat(1024)));
      };
      response.on('drain', write).on('close', () => (isCutOff = true));
      write();
    });
    const result = await call(url);
    expect(result).toMatchObject({ kind: 'answer', status: 200 });
    expect(result.kind === 'answer' && result.body.length).toBe(64 * 1024);
  });

  test('times out when no headers come', async () => {
    const result = await call(await serve(() => undefined), 150);
    expect(result).toMatchObject({ kind: 'timeout', reason: 'no answer within 150 ms' });
    expect(result.durationMs).toBeGreaterThanOrEqual(149);
  });

  test('times out when connecting takes too long, and does not wait for the connection when it closes', async () => {
    let answer: Parameters<Lookup>[2] | undefined;
    const lookup: Lookup = (_hostname, _options, callback) => (answer = callback);
    const silent = createTestPost({ lookup });
    const result = await silent.post({
      url: 'http://silent.test/',
      headers: {},
      body: Buffer.from('{}'),
      timeoutMs: 100,
    });
    expect(result).toMatchObject({ kind: 'timeout', reason: 'no answer within 100 ms' });
    await silent.close();
    answer?.(new Error('too late'), []);
  });

  test('a refused connection is an error with its reason', async () => {
    const holder = createTcpServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    await new Promise((resolve) => holder.close(resolve));
    expect(await call(`http://127.0.0.1:${port}`)).toMatchObject({
      kind: 'error',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a connection that breaks is an error', async () => {
    const url = await serve((request) => void request.socket.destroy());
    expect(await call(url)).toMatchObject({ kind: 'error' });
  });

  test.each(['not a url', 'ftp://127.0.0.1/', 'http://'])('%j is an error', async (url) => {
    expect(await call(url)).toMatchObject({ kind: 'error' });
  });
});
