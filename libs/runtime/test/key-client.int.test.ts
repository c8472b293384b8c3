import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKeyClient } from '@callbus/runtime/auth/key-client';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

const page = {
  keys: [{ id: 'a', sha256: 'a'.repeat(64), account: 'acme', user: '', roles: ['look'], expiresAt: null }],
  next: null,
};
/** The service: the token that it knows, and what it answers to a caller who has it. */
let service: { token: string; status: number; body: unknown };
let asked: { path: string; body: string }[];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const isKnown = request.headers.authorization === `Bearer ${service.token}`;
      if (isKnown) asked.push({ path: request.url ?? '', body });
      response.writeHead(isKnown ? service.status : 401, { connection: 'close' });
      response.end(JSON.stringify(isKnown ? service.body : {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  service = { token: 'old', status: 200, body: page };
  asked = [];
});

test('asks with the other token when one is refused, and keeps to it', async () => {
  const client = createKeyClient({ url, tokens: ['new', 'old'] });
  expect(await client.list('after & this')).toEqual(page);
  service.token = 'new';
  await client.report([{ id: 'a', at: 7 }]);
  expect(asked).toEqual([
    { path: '/internal/keys?after=after%20%26%20this', body: '' },
    { path: '/internal/keys/used', body: '{"uses":[{"id":"a","at":7}]}' },
  ]);
});

test('a service of an older version has no keys, but takes none away', async () => {
  const client = createKeyClient({ url, tokens: ['old'] });
  service.status = 404;
  expect(await client.list('')).toEqual({ keys: [], next: null });
  service.status = 200;
  expect(await client.list('')).toEqual(page);
  service.status = 404;
  await expect(client.list('')).rejects.toThrow('answered 404');
});

test('a role of a newer version is left out; any other answer that is wrong is refused', async () => {
  const client = createKeyClient({ url, tokens: ['old'] });
  service.body = { ...page, keys: [{ ...page.keys[0], roles: ['look', 'paint'], more: 1 }] };
  expect((await client.list('')).keys).toMatchObject([{ roles: ['look'] }]);
  for (const body of [{}, { keys: [{}], next: null }, 'x']) {
    service.body = body;
    await expect(client.list('')).rejects.toThrow();
  }
  service = { token: 'another', status: 200, body: page };
  await expect(client.list('')).rejects.toThrow('answered 401');
});
