import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerOf, createClient, type Client, type ClientOptions } from '@callbus/client';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { allRoles } from '@callbus/contracts/keys/holder';
import { addKey } from '@callbus/runtime/auth/key-file';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApis, type OpenApis } from '../support/open-apis.js';

let directory: string;
let apis: OpenApis;
let key: string;
let client: Client;

const subscriptions = '/api/v3/event/subscribe/{account}/{biz}';
const params = { path: { account: 'ours', biz: 2 } };
const definition = {
  subscription_name: 'thumbnails',
  callback_url: 'http://127.0.0.1:9/',
  confirm_mode: 'httpstatus',
  subscription_form: 'acs.#',
} as const;
const notification = { event_source: 'a', event_topic: 'gs', event_type: 'cert', event_status: '1', changes: [1] };

const clientOf = (more: Partial<ClientOptions> = {}) => createClient({ url: apis.url, ...more });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-client-'));
  const file = join(directory, 'keys.json');
  key = await addKey(file, { account: 'ours', roles: allRoles });
  apis = await openApis({ authenticate: await createAuthenticate({ AUTH: 'keys', KEYS_FILE: file }) });
  client = clientOf({ key, account: 'ours' });
});
afterAll(async () => {
  await apis.close();
  await rm(directory, { recursive: true });
});

test('each operation is called by its path, with its parameters and its body', async () => {
  const created = await answerOf(client.api.POST(subscriptions, { params, body: definition }));
  const id = created.data.subscription_id;
  const one = { params: { path: { ...params.path, id } } };
  const { data } = await answerOf(client.api.GET('/api/v3/event/subscribe/{account}/{biz}/{id}', one));
  expect(data).toMatchObject({ ...definition, subscription_id: id, bk_supplier_account: 'ours' });
});

describe('lists are read page by page', () => {
  test('subscriptions, also with a condition', async () => {
    const names = Array.from({ length: 205 }, (_, index) => `listed-${String(index).padStart(3, '0')}`);
    const create = (subscription_name: string) =>
      answerOf(client.api.POST(subscriptions, { params, body: { ...definition, subscription_name } }));
    const left = [...names];
    while (left.length > 0) await Promise.all(left.splice(0, 10).map(create));
    const found: string[] = [];
    for await (const { subscription_name: name } of client.subscriptions({ subscription_name: { $regex: '^listed-' } }))
      found.push(name);
    expect(found.sort()).toEqual(names);
    for await (const subscription of client.subscriptions()) expect(subscription.callback_url).toMatch(/^http/);
    // On a busy machine 205 creates take their time.
  }, 90_000);

  test('undelivered events of a subscription, and without one', async () => {
    const owner = { account: 'ours', authorization: `Bearer ${key}`, callbackUrl: definition.callback_url };
    const { subscription, eventId } = await apis.newSubject(owner);
    const found = [];
    for await (const { event_id, event } of client.undelivered(subscription, { event: true }))
      found.push({ event_id, event });
    expect(found).toEqual([{ event_id: eventId, event: {} }]);
    for await (const none of client.undelivered(subscription, { reason: 'poison' })) expect(none).toBeUndefined();
    for await (const none of client.unattributed()) expect(none).toBeUndefined();
  });

  test('a list that is refused fails', async () => {
    await expect(client.undelivered(999_999).next()).rejects.toMatchObject({ status: 404, code: '1103007' });
  });
});

describe('errors of the bus become a CallbusError', () => {
  test.each([
    {
      form: 'ETC',
      call: () => answerOf(client.api.POST('/api/publish', { body: { ...notification, changes: [] } })),
      error: { status: 400, code: '400', message: expect.stringContaining('changes') },
    },
    {
      form: 'event bus and CloudEvents',
      call: () => {
        const event = { specversion: '1.0', id: '', source: 'a', type: 'b' } as const;
        const headers = { 'content-type': 'application/cloudevents+json' };
        return answerOf(client.api.POST('/cloudevents', { body: event, headers }));
      },
      error: { status: 400, code: 'INVALID_PARAMETER', message: 'id is required' },
    },
    {
      form: 'subscriptions',
      call: () => {
        const body = { ...definition, subscription_name: 'other', callback_url: 'ftp://a' };
        return answerOf(client.api.POST(subscriptions, { params, body }));
      },
      error: { status: 400, code: '1199006', message: expect.stringContaining('callback_url') },
    },
    {
      form: 'a wrong key',
      call: () => answerOf(clientOf({ key: 'callbus_wrong' }).api.GET('/api/v3/event/queues')),
      error: { status: 401, code: '1199027' },
    },
  ])('$form', async ({ call, error }) => {
    await expect(call()).rejects.toMatchObject({
      name: 'CallbusError',
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      ...error,
    });
  });

  test('an account that is not that of the key', async () => {
    const call = clientOf({ key, account: 'theirs' }).api.POST('/api/publish', { body: notification });
    await expect(answerOf(call)).rejects.toMatchObject({ status: 403, code: '403' });
  });
});

describe('answers of other servers', () => {
  /** @returns what `answerOf` throws for an answer of this server */
  async function errorAfter(listener: RequestListener, options: Partial<ClientOptions> = {}): Promise<unknown> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const call = clientOf({ url: `http://127.0.0.1:${port}`, ...options }).api.POST('/api/publish', {
        body: notification,
      });
      return await answerOf(call).catch((error: unknown) => error);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test('an ETC notification that is refused with status 200 fails', async () => {
    const answer = { request_id: 'r', code: '400', msg: 'changes 不能为空' };
    const error = await errorAfter((_, response) => response.end(JSON.stringify(answer)));
    expect(error).toMatchObject({ status: 400, code: '400', requestId: 'r', message: answer.msg });
  });

  test('a 503 without a body carries the pause', async () => {
    const error = await errorAfter((_, response) => response.writeHead(503, { 'retry-after': '2' }).end());
    expect(error).toMatchObject({ status: 503, code: '503', retryAfterS: 2 });
  });

  test('the pause may be a date, and the body a page of a proxy', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const error = await errorAfter((_, response) =>
      response.writeHead(502, { 'retry-after': date }).end('<h1>no</h1>'),
    );
    expect(error).toMatchObject({ status: 502, code: '502', message: '<h1>no</h1>', requestId: undefined });
    expect(Math.abs((error as { retryAfterS: number }).retryAfterS - 60)).toBeLessThanOrEqual(2);
  });

  test('an answer that does not come in time fails', async () => {
    const error = await errorAfter(() => undefined, { timeoutMs: 50 });
    expect(error).toMatchObject({ name: 'CallbusError', status: 0, code: 'NO_ANSWER' });
  });

  test('a bus that is away fails, with the reason', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    await expect(answerOf(clientOf({ url }).api.GET('/healthz'))).rejects.toMatchObject({
      status: 0,
      code: 'NO_ANSWER',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
