import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { openReceiver, type ScriptedAnswer, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { create, en, failure, sample, subscribe } from '../support/call.js';
import { openService, useService, workers } from '../support/open-service.js';

const service = useService();
const { call } = service;

let receiver: Receiver;
let headers: Record<string, string>;
let more: Omit<ScriptedAnswer, 'headers'>;
beforeEach(async () => {
  headers = {};
  more = {};
  receiver = await openReceiver({
    answer: ({ path }) => (path === '/hangs' ? undefined : { ...more, headers }),
  });
});
afterEach(async () => {
  await service.pool.query('DELETE FROM subscriptions');
  await receiver.close();
});

const definition = (changes: object = {}) => ({
  ...sample,
  callback_url: `${receiver.url}/hook?a=b`,
  verification: 'cloudevents',
  ...changes,
});
const asked = (times: number) =>
  waitFor(() => receiver.requests.length >= times, { what: `the receiver to be asked ${times} times` });
/** Instead of a wait for the next minute. */
const makeDue = () => service.pool.query('UPDATE subscriptions SET ask_at = now() WHERE ask_at IS NOT NULL');

interface Item {
  readonly verification: string;
  readonly verified: boolean | null;
  readonly verification_failure: string | null;
}

async function found(): Promise<Item> {
  const { body } = await call(`POST ${subscribe}/search/0/2`, {});
  const { verification, verified, verification_failure } = (body as { data: { info: Item[] } }).data.info[0]!;
  return { verification, verified, verification_failure };
}
const verified = () => waitFor(async () => (await found()).verified === true, { what: 'the grant' });
async function failureText(): Promise<string> {
  await waitFor(async () => (await found()).verification_failure !== null, { what: 'the failure' });
  return String((await found()).verification_failure);
}

/** The answer to the workers. */
async function workersViewOf(id: number): Promise<unknown> {
  const { body } = await call(`GET /internal/subscriptions/${id}`, undefined, workers);
  const { enabled, webHook } = body as { enabled: boolean; webHook: unknown };
  return { enabled, webHook };
}

describe('a receiver that has to allow callbacks', () => {
  test('is asked at once, and called once it has allowed them', async () => {
    const id = await create(call, definition());
    await asked(1);
    expect(receiver.requests[0]).toMatchObject({
      method: 'OPTIONS',
      path: '/hook?a=b',
      headers: { 'webhook-request-origin': 'callbus' },
    });
    expect(await failureText()).toBe('answered 200 without WebHook-Allowed-Origin');
    expect(await found()).toMatchObject({ verification: 'cloudevents', verified: false });
    expect(await workersViewOf(id)).toEqual({ enabled: false, webHook: undefined });

    // The status of the answer does not matter.
    headers = { 'WebHook-Allowed-Origin': 'Callbus', 'WebHook-Allowed-Rate': '120' };
    more = { status: 405 };
    await makeDue();
    await verified();
    expect(await found()).toEqual({ verification: 'cloudevents', verified: true, verification_failure: null });
    const view = { enabled: true, webHook: { origin: 'callbus', maxPerMinute: 120 } };
    expect(await workersViewOf(id)).toEqual(view);
    const last = () => service.changes.at(-1);
    await waitFor(() => last()?.kind === 'saved', { what: 'the announcement' });
    expect(last()).toMatchObject({ subscription: { id, ...view } });
  });

  test.each([
    [
      'another origin',
      { 'WebHook-Allowed-Origin': 'a.example' },
      'WebHook-Allowed-Origin is a.example, neither callbus nor *',
    ],
    [
      'a rate of 0',
      { 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '0' },
      'WebHook-Allowed-Rate is 0, neither a number above 0 nor *',
    ],
    ['nothing of ours', { Allow: 'POST' }, 'answered 200 without WebHook-Allowed-Origin'],
  ])('and answers with %s has not allowed them', async (_what, given, reason) => {
    headers = given;
    await create(call, definition());
    expect(await failureText()).toBe(reason);
  });

  test.each([
    ['any rate', { 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '*' }],
    ['no rate', { 'WebHook-Allowed-Origin': '*' }],
  ])('and answers with %s sets no limit', async (_what, given) => {
    headers = given;
    const id = await create(call, definition());
    await verified();
    expect(await workersViewOf(id)).toEqual({ enabled: true, webHook: { origin: 'callbus', maxPerMinute: null } });
  });

  test('and cannot be reached has not allowed them', async () => {
    await create(call, definition({ callback_url: 'http://127.0.0.1:9/' }));
    expect(await failureText()).toContain('ECONNREFUSED');
  });

  test('and answers with a NUL, which Postgres cannot store, has not allowed them', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nWebHook-Allowed-Origin: a\0b\r\nContent-Length: 0\r\n\r\n';
    const raw = createServer(
      (socket) => void socket.on('error', () => undefined).once('data', () => socket.end(answer)),
    );
    await once(raw.listen(0, '127.0.0.1'), 'listening');
    const { port } = raw.address() as AddressInfo;
    try {
      await create(call, definition({ callback_url: `http://127.0.0.1:${port}/` }));
      expect(await failureText()).toBe('WebHook-Allowed-Origin is a\ufffdb, neither callbus nor *');
    } finally {
      raw.close();
    }
  });

  test('is asked again for an hour, and again when its subscription is saved', async () => {
    const id = await create(call, definition());
    await asked(1);
    await makeDue();
    await asked(2);
    await service.pool.query(`UPDATE subscriptions SET asking_since = asking_since - interval '1 hour'`);
    await makeDue();
    await asked(3);
    const { rows } = await service.pool.query('SELECT ask_at FROM subscriptions');
    expect(rows).toEqual([{ ask_at: null }]);
    const before = receiver.requests.length;
    headers = { 'WebHook-Allowed-Origin': '*' };
    await call(`PUT ${subscribe}/0/2/${id}`, definition({ enabled: true }));
    await verified();
    expect(receiver.requests).toHaveLength(before + 1);
  });

  test('is not asked again once it has allowed them, but a new URL is', async () => {
    headers = { 'WebHook-Allowed-Origin': '*' };
    const id = await create(call, definition());
    await verified();
    await call(`PUT ${subscribe}/0/2/${id}`, definition({ system_name: 'other' }));
    expect((await found()).verified).toBe(true);
    expect(receiver.requests).toHaveLength(1);

    headers = {};
    await call(`PUT ${subscribe}/0/2/${id}`, definition({ callback_url: `${receiver.url}/other` }));
    expect(await workersViewOf(id)).toEqual({ enabled: false, webHook: undefined });
    await asked(2);
    expect(receiver.requests[1]?.path).toBe('/other');
    headers = { 'WebHook-Allowed-Origin': '*' };
    await makeDue();
    await verified();
  });

  test('is asked only when its subscription is enabled', async () => {
    const id = await create(call, definition({ enabled: false }));
    expect(await found()).toMatchObject({ verified: false, verification_failure: null });
    const { rows } = await service.pool.query('SELECT FROM subscriptions WHERE ask_at IS NOT NULL');
    expect(rows).toEqual([]);
    headers = { 'WebHook-Allowed-Origin': '*' };
    await call(`PATCH ${subscribe}/0/2/${id}`, { enabled: true });
    await verified();
    expect(receiver.requests).toHaveLength(1);
  });

  test('has not allowed callbacks to a URL that was set while it was asked', async () => {
    headers = { 'WebHook-Allowed-Origin': '*' };
    more = { delayMs: 1_000 };
    const id = await create(call, definition());
    for (const name of ['a', 'b', 'c'])
      await create(call, definition({ subscription_name: name, callback_url: `${receiver.url}/hangs` }));
    await asked(4);
    headers = {};
    await call(`PUT ${subscribe}/0/2/${id}`, definition({ callback_url: `${receiver.url}/other` }));
    // An account has at most four verifications at once, so the new URL is asked after the first answer was processed.
    await asked(5);
    expect(receiver.requests[4]?.path).toBe('/other');
    expect((await found()).verified).toBe(false);
  });
});

test('verifications count as probes of the account, like ping and telnet', async () => {
  const rated = await openService({ limits: { probesPerSecond: 1, probesAtOnce: 3 } });
  try {
    const { call: callRated } = rated;
    const startMs = performance.now();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await create(callRated, definition({ subscription_name: name }));
    await asked(3);
    expect((await callRated(`POST ${subscribe}/ping`, { callback_url: receiver.url })).status).toBe(429);
    await asked(5);
    expect(performance.now() - startMs).toBeGreaterThan(1_900);
    // The receivers of another account are asked meanwhile.
    const other = { HTTP_BK_SUPPLIER_ACCOUNT: 'other' };
    const before = receiver.requests.length;
    await callRated(`POST ${subscribe}/other/2`, definition({ callback_url: `${receiver.url}/other` }), other);
    await waitFor(() => receiver.requests.slice(before).some(({ path }) => path === '/other'), {
      what: 'the other account to be asked',
    });
  } finally {
    await rated.close();
  }
});

test('a receiver without verification is not asked', async () => {
  const id = await create(call, definition({ verification: undefined }));
  expect(await found()).toEqual({ verification: 'none', verified: null, verification_failure: null });
  expect(await workersViewOf(id)).toEqual({ enabled: true, webHook: undefined });
  headers = { 'WebHook-Allowed-Origin': '*' };
  await call(`PUT ${subscribe}/0/2/${id}`, definition());
  await verified();
  await call(`PUT ${subscribe}/0/2/${id}`, definition({ verification: 'none' }));
  expect(await workersViewOf(id)).toEqual({ enabled: true, webHook: undefined });
});

test('an unknown verification is refused', async () => {
  const { body } = await call(`POST ${subscribe}/0/2`, definition({ verification: 'mail' }), en);
  expect(body).toEqual(failure(1199006, expect.stringContaining('none of none, cloudevents') as unknown as string));
});
