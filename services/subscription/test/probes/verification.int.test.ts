import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { openReceiver, type ScriptedAnswer, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { create, createCall, failure, sample, type Call } from '../support/call.js';
import { internalToken, openService, type OpenService } from '../support/open-service.js';

const subscribe = '/api/v3/event/subscribe';
const en = { HTTP_BLUEKING_LANGUAGE: 'en' };
const workers = { authorization: `Bearer ${internalToken}` };
const intervalMs = 200;

let service: OpenService;
let call: Call;
beforeAll(async () => {
  service = await openService({ verificationIntervalMs: intervalMs });
  call = createCall(service.url);
});
afterAll(() => service.close());

let receiver: Receiver;
let headers: Record<string, string>;
let more: Omit<ScriptedAnswer, 'headers'>;
beforeEach(async () => {
  headers = {};
  more = {};
  receiver = await openReceiver({ answer: () => ({ ...more, headers }) });
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
async function failureOf(): Promise<string> {
  await waitFor(async () => (await found()).verification_failure !== null, { what: 'the failure' });
  return String((await found()).verification_failure);
}

/** What the workers are told. */
async function toldOf(id: number): Promise<unknown> {
  const { body } = await call(`GET /internal/subscriptions/${id}`, undefined, workers);
  const { enabled, webHook } = body as { enabled: boolean; webHook: unknown };
  return { enabled, webHook };
}

describe('a receiver that has to allow callbacks', () => {
  test('is asked at once, and called once it has', async () => {
    const id = await create(call, definition());
    await asked(1);
    expect(receiver.requests[0]).toMatchObject({
      method: 'OPTIONS',
      path: '/hook?a=b',
      headers: { 'webhook-request-origin': 'callbus' },
    });
    expect(await failureOf()).toBe('answered 200 without WebHook-Allowed-Origin');
    expect(await found()).toMatchObject({ verification: 'cloudevents', verified: false });
    expect(await toldOf(id)).toEqual({ enabled: false, webHook: undefined });

    // Whatever the status: it is the headers that grant.
    headers = { 'WebHook-Allowed-Origin': 'Callbus', 'WebHook-Allowed-Rate': '120' };
    more = { status: 405 };
    await verified();
    expect(await found()).toEqual({ verification: 'cloudevents', verified: true, verification_failure: null });
    const told = { enabled: true, webHook: { origin: 'callbus', maxPerMinute: 120 } };
    expect(await toldOf(id)).toEqual(told);
    const last = () => service.changes.at(-1);
    await waitFor(() => last()?.kind === 'saved', { what: 'the announcement' });
    expect(last()).toMatchObject({ subscription: { id, ...told } });
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
  ])('and answers %s has not', async (_what, given, reason) => {
    headers = given;
    await create(call, definition());
    expect(await failureOf()).toBe(reason);
  });

  test.each([
    ['any rate', { 'WebHook-Allowed-Origin': '*', 'WebHook-Allowed-Rate': '*' }],
    ['no rate', { 'WebHook-Allowed-Origin': '*' }],
  ])('and names %s bounds none', async (_what, given) => {
    headers = given;
    const id = await create(call, definition());
    await verified();
    expect(await toldOf(id)).toEqual({ enabled: true, webHook: { origin: 'callbus', maxPerMinute: null } });
  });

  test('and cannot be reached has not', async () => {
    await create(call, definition({ callback_url: 'http://127.0.0.1:9/' }));
    expect(await failureOf()).toContain('ECONNREFUSED');
  });

  test('and answers what Postgres cannot store has not', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nWebHook-Allowed-Origin: a\0b\r\nContent-Length: 0\r\n\r\n';
    const raw = createServer(
      (socket) => void socket.on('error', () => undefined).once('data', () => socket.end(answer)),
    );
    await once(raw.listen(0, '127.0.0.1'), 'listening');
    const { port } = raw.address() as AddressInfo;
    try {
      await create(call, definition({ callback_url: `http://127.0.0.1:${port}/` }));
      expect(await failureOf()).toBe('WebHook-Allowed-Origin is a\ufffdb, neither callbus nor *');
    } finally {
      raw.close();
    }
  });

  test('is asked again for an hour, and again when its subscription is saved', async () => {
    const id = await create(call, definition());
    await asked(3);
    await service.pool.query(`UPDATE subscriptions SET asking_since = asking_since - interval '1 hour'`);
    const { rows } = await waitForNobodyToAsk();
    expect(rows).toEqual([{ ask_at: null }]);
    const before = receiver.requests.length;
    headers = { 'WebHook-Allowed-Origin': '*' };
    await call(`PUT ${subscribe}/0/2/${id}`, definition({ enabled: true }));
    await verified();
    expect(receiver.requests).toHaveLength(before + 1);
  });

  async function waitForNobodyToAsk() {
    const query = () => service.pool.query<{ ask_at: Date | null }>('SELECT ask_at FROM subscriptions');
    await waitFor(async () => (await query()).rows[0]?.ask_at === null, { what: 'the end of asking' });
    return query();
  }

  test('is not asked again once it has allowed, but another one is', async () => {
    headers = { 'WebHook-Allowed-Origin': '*' };
    const id = await create(call, definition());
    await verified();
    await call(`PUT ${subscribe}/0/2/${id}`, definition({ system_name: 'other' }));
    expect((await found()).verified).toBe(true);
    expect(receiver.requests).toHaveLength(1);

    headers = {};
    await call(`PUT ${subscribe}/0/2/${id}`, definition({ callback_url: `${receiver.url}/other` }));
    expect(await toldOf(id)).toEqual({ enabled: false, webHook: undefined });
    await asked(2);
    expect(receiver.requests[1]?.path).toBe('/other');
    headers = { 'WebHook-Allowed-Origin': '*' };
    await verified();
  });

  test('is asked once its subscription is enabled', async () => {
    const id = await create(call, definition({ enabled: false }));
    expect(await found()).toMatchObject({ verified: false, verification_failure: null });
    const { rows } = await service.pool.query('SELECT FROM subscriptions WHERE ask_at IS NOT NULL');
    expect(rows).toEqual([]);
    headers = { 'WebHook-Allowed-Origin': '*' };
    await call(`PATCH ${subscribe}/0/2/${id}`, { enabled: true });
    await verified();
    expect(receiver.requests).toHaveLength(1);
  });

  test('has allowed nothing to a definition that came while it was asked', async () => {
    headers = { 'WebHook-Allowed-Origin': '*' };
    more = { delayMs: 300 };
    const id = await create(call, definition());
    await asked(1);
    await call(`PUT ${subscribe}/0/2/${id}`, definition({ callback_url: 'http://127.0.0.1:9/' }));
    expect(await failureOf()).toContain('ECONNREFUSED');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await found()).verified).toBe(false);
  });
});

test('asking counts against the probes of the account, as ping and telnet do', async () => {
  const rated = await openService({
    verificationIntervalMs: 50,
    limits: { probesPerSecond: 1, probesAtOnce: 3 },
  });
  try {
    const callRated = createCall(rated.url);
    const startMs = performance.now();
    for (const name of ['a', 'b']) await create(callRated, definition({ subscription_name: name }));
    await asked(3);
    expect((await callRated(`POST ${subscribe}/ping`, { callback_url: receiver.url })).status).toBe(429);
    await asked(5);
    expect(performance.now() - startMs).toBeGreaterThan(1_900);
    // Another account is asked meanwhile.
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

test('without verification nobody is asked', async () => {
  const id = await create(call, definition({ verification: undefined }));
  expect(await found()).toEqual({ verification: 'none', verified: null, verification_failure: null });
  expect(await toldOf(id)).toEqual({ enabled: true, webHook: undefined });
  headers = { 'WebHook-Allowed-Origin': '*' };
  await call(`PUT ${subscribe}/0/2/${id}`, definition());
  await verified();
  await call(`PUT ${subscribe}/0/2/${id}`, definition({ verification: 'none' }));
  expect(await toldOf(id)).toEqual({ enabled: true, webHook: undefined });
});

test('a verification is one that we know', async () => {
  const { body } = await call(`POST ${subscribe}/0/2`, definition({ verification: 'mail' }), en);
  expect(body).toEqual(failure(1199006, expect.stringContaining('none of none, cloudevents') as unknown as string));
});
