import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, type Client } from '@callbus/client';
import {
  expressHandler,
  fastifyHandler,
  fetchHandler,
  type Callback,
  type CallbackEvent,
} from '@callbus/client/receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { fastify } from 'fastify';
import { openSystem, type System } from '../support/system.js';

const formats = ['source', 'cloudevents', 'cloudevents-binary'] as const;
const frameworks = ['fetch', 'express', 'fastify'] as const;
const secret = `whsec_${Buffer.from('a secret of these tests!').toString('base64')}`;

let system: System;
let client: Client;
const closes: (() => Promise<unknown>)[] = [];
/** What the handlers have read, by the path of the subscription. */
const read = new Map<string, { event: CallbackEvent; callback: Callback }[]>();
/** The events whose first callback fails. */
const failing = new Set<string>();

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closes.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const optionsOf = (path: string) => ({
  secret,
  onEvent: (event: CallbackEvent, callback: Callback) => {
    if (failing.delete(event.id)) throw new Error('not stored');
    const calls = read.get(path) ?? [];
    read.set(path, [...calls, { event, callback }]);
  },
});

/** Serves a `fetch` handler, as Bun and Deno do by themselves. */
function serveFetch(handle: (request: Request) => Promise<Response>): Server {
  return createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const { method = '', headers, url } = message;
      const entries = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
      const body = method === 'POST' ? { body: Buffer.concat(chunks) } : {};
      const request = new Request(`http://host${String(url)}`, { method, headers: entries, ...body });
      handle(request).then(
        async (answer) =>
          response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text()),
        () => response.writeHead(500).end(),
      );
    });
  });
}

/** @returns the URL of each framework; the format is the path */
async function openFrameworks(): Promise<Record<(typeof frameworks)[number], string>> {
  const fetchServer = serveFetch((request) =>
    fetchHandler(optionsOf(`fetch${new URL(request.url).pathname}`))(request),
  );

  const expressApp = express();
  for (const format of formats) expressApp.use(`/${format}`, expressHandler(optionsOf(`express/${format}`)));
  expressApp.use('/raw', express.raw({ type: () => true }), expressHandler(optionsOf('express/raw')));
  expressApp.use('/parsed', express.json({ type: () => true }), expressHandler(optionsOf('express/parsed')));

  const fastifyApp = fastify();
  for (const format of formats)
    await fastifyApp.register(fastifyHandler(optionsOf(`fastify/${format}`)), { prefix: `/${format}` });
  fastifyApp.post('/other', ({ body }) => ({ body }));
  const fastifyUrl = await fastifyApp.listen({ host: '127.0.0.1', port: 0 });
  closes.push(() => fastifyApp.close());

  return { fetch: await listen(fetchServer), express: await listen(createServer(expressApp)), fastify: fastifyUrl };
}

let urls: Awaited<ReturnType<typeof openFrameworks>>;

beforeAll(async () => {
  system = await openSystem({ env: { SECRETS_KEY: 'a key of more than thirty-two characters', RETRY_SCHEDULE: '1s' } });
  client = createClient({ url: system.bus.ingest.url });
  urls = await openFrameworks();
  for (const framework of frameworks) {
    for (const format of formats) {
      await system.client.subscribe({
        subscription_name: `${framework}/${format}`,
        callback_url: `${urls[framework]}/${format}`,
        subscription_form: '#',
        payload_format: format,
        confirm_pattern: '200',
        verification: 'cloudevents',
        secret,
      });
    }
  }
}, 120_000);
afterAll(async () => {
  await client.close();
  await system.close();
  for (const close of closes) await close();
});

const paths = frameworks.flatMap((framework) => formats.map((format) => `${framework}/${format}`));

/** @returns what each handler has read of an event */
async function callsOf(id: string): Promise<{ path: string; event: CallbackEvent; callback: Callback }[]> {
  const calls = () =>
    paths.flatMap((path) =>
      (read.get(path) ?? []).flatMap((call) => (call.event.id === id ? [{ path, ...call }] : [])),
    );
  await waitFor(() => calls().length >= paths.length, { what: 'the callbacks of all subscriptions' });
  return calls();
}

test('an event is the same from every format, in every framework', async () => {
  const event = {
    id: 'ünïque "1"',
    source: 's',
    type: 't',
    subject: 'dog park 100%.png',
    tenant: 'a b',
    data: { name: 'Jürgen', list: [1, 'two', null] },
  };
  await client.publish(event, { hops: 1 });
  const calls = await callsOf(event.id);
  expect(calls.map(({ path }) => path).sort()).toEqual([...paths].sort());
  for (const { event: received, callback } of calls) {
    expect(received).toMatchObject({ specversion: '1.0', accountid: '0', ...event });
    expect(callback).toMatchObject({ id: expect.stringMatching(/^evt_/), attempt: 1, hops: 2 });
  }
});

test('an ETC notification is the same from every format', async () => {
  const notification = {
    event_source: 'a',
    event_topic: 'gs',
    event_type: 'cert',
    event_status: '1',
    changes: ['1001'],
  };
  const { id } = await client.publish(notification);
  for (const { event } of await callsOf(id)) {
    expect(event).toMatchObject({ id, source: 'a', type: 'cert', datacontenttype: 'application/json' });
    expect(event.data).toEqual({ ...notification, event_key: 'a.gs.cert.1', request_id: id });
  }
});

test.each([
  ['bytes', 'application/octet-stream', new Uint8Array([0, 1, 254, 255])],
  ['text', 'text/plain', 'hé "😀"\n'],
  ['XML', 'application/xml', '<much wow="xml"/>'],
  ['no data', undefined, undefined],
])('%s come from every format as they were published', async (what, datacontenttype, data) => {
  const { id } = await client.publish({ id: what, source: 's', type: 't', datacontenttype, data });
  for (const { event } of await callsOf(id)) expect(event.data).toEqual(data);
});

test('a callback whose event is not stored is not confirmed, and comes again', async () => {
  failing.add('fails');
  await client.publish({ id: 'fails', source: 's', type: 't' });
  const attempts = (await callsOf('fails')).map(({ callback }) => callback.attempt);
  expect(attempts.sort()).toEqual([...Array.from({ length: paths.length - 1 }, () => 1), 2]);
});

describe('what is no callback is refused', () => {
  const callback = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };

  test.each(frameworks)('an unsigned request, with the reason: %s', async (framework) => {
    const answer = await fetch(`${urls[framework]}/source`, callback);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ reason: 'headers', message: expect.stringContaining('webhook-signature') });
  });

  test.each(['fetch', 'express'] as const)('another method: %s', async (framework) => {
    const answer = await fetch(`${urls[framework]}/source`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
  });

  test('a body beyond the bound: express', async () => {
    const body = new Uint8Array(8 * 1024 * 1024 + 1);
    expect((await fetch(`${urls.express}/source`, { method: 'POST', body })).status).toBe(413);
  });
});

test('Express: a body of express.raw() is read, and one of express.json() is refused with the reason', async () => {
  const subscribe = (path: string) =>
    system.client.subscribe({
      subscription_name: path,
      callback_url: `${urls.express}/${path}`,
      subscription_form: 's.parsers',
      max_attempts: 1,
      secret,
    });
  await subscribe('raw');
  const parsed = await subscribe('parsed');
  await client.publish({ id: 'parsers', source: 's', type: 'parsers', data: { a: 1 } });
  await waitFor(() => read.has('express/raw'), { what: 'the callback' });
  const manage = createClient({ url: system.bus.subscription.url });
  let answers: string[] = [];
  await waitFor(
    async () => {
      answers = [];
      for await (const { last_answer } of manage.undelivered(parsed)) answers.push(String(last_answer));
      return answers.length > 0;
    },
    { what: 'the undelivered event' },
  );
  expect(answers).toEqual([expect.stringContaining('"reason":"body","message":"the body was parsed before')]);
});

test('Fastify: other routes keep their parsers', async () => {
  const body = JSON.stringify({ a: 1 });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${urls.fastify}/other`, { method: 'POST', headers, body });
  expect(await answer.json()).toEqual({ body: { a: 1 } });
});
