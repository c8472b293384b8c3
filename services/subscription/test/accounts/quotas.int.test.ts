import { afterEach, describe, expect, test } from '@jest/globals';
import { createMemoryFullAccounts } from '@callbus/runtime/redis/full-accounts';
import { waitFor } from '@callbus/testing/wait-for';
import type { Limits } from '../../src/accounts/limits.js';
import { create, en, failure, sample, subscribe, success, type Call } from '../support/call.js';
import { openService, type OpenService } from '../support/open-service.js';
import { addUndelivered } from '../support/undelivered-rows.js';

const refused = (reason: string) => ({ status: 429, body: failure(1199029, `a quota is used up: ${reason}`) });

let service: OpenService;
let call: Call;
const fullAccounts = createMemoryFullAccounts();

async function open(limits: Partial<Limits>): Promise<void> {
  service = await openService({ limits, fullAccounts });
  ({ call } = service);
}
afterEach(() => service.close());

const named = (name: string, more: object = {}) => ({ ...sample, subscription_name: name, ...more });

async function overview(account = '0') {
  const { body } = await call('GET /api/v3/event/overview', undefined, { http_bk_supplier_account: account });
  return (body as { data: { quotas: Record<string, { used: number }> } }).data.quotas;
}

describe('subscriptions', () => {
  test('are counted exactly for concurrent callers, and again after a deletion', async () => {
    await open({ subscriptions: 5 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, number) => call(`POST ${subscribe}/0/2`, named(`n${number}`), en)),
    );
    const taken = answers.filter(({ status }) => status === 200);
    expect(taken).toHaveLength(5);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(answer).toMatchObject(refused('at most 5 subscriptions per account'));
    expect(answers.find(({ status }) => status === 429)?.headers['retry-after']).toBeUndefined();
    expect(await call(`POST ${subscribe}/0/3`, named('of another business'), {})).toMatchObject({
      status: 429,
      body: failure(1199029, '配额已用完：每个账号最多 5 个订阅'),
    });
    expect(await call(`POST ${subscribe}/other/2`, named('of another account'), en)).toMatchObject({ status: 200 });

    const [first] = taken.map(({ body }) => (body as { data: { subscription_id: number } }).data.subscription_id);
    expect(await call(`PUT ${subscribe}/0/2/${first}`, named('changed'), en)).toMatchObject({ status: 200 });
    await call(`DELETE ${subscribe}/0/2/${first}`);
    expect(await call(`POST ${subscribe}/0/2`, named('new'), en)).toMatchObject({ status: 200 });
    expect(await overview()).toMatchObject({ subscriptions: { used: 5, bound: 5 } });
  });

  test('have a limited number of names each', async () => {
    await open({ names: 3 });
    const id = await create(call, named('three', { subscription_form: 'a,b,c' }));
    const four = named('four', { subscription_form: 'a,b,c,d' });
    const tooMany = refused('at most 3 event names per subscription');
    expect(await call(`POST ${subscribe}/0/2`, four, en)).toMatchObject(tooMany);
    expect(await call(`PUT ${subscribe}/0/2/${id}`, four, en)).toMatchObject(tooMany);
  });

  test('have limited bytes and pattern bytes together, and one that does not grow may be changed', async () => {
    await open({ subscriptionBytes: 10_000, accountPatternBytes: 100 });
    const large = named('large', { subscription_form: 'x'.repeat(1_000), headers: { a: 'x'.repeat(2_000) } });
    const id = await create(call, large);
    await create(call, { ...large, subscription_name: 'second' });
    const tooLarge = refused('at most 10000 bytes of subscriptions per account');
    expect(await call(`POST ${subscribe}/0/2`, { ...large, subscription_name: 'third' }, en)).toMatchObject(tooLarge);
    const larger = { ...large, headers: { a: 'x'.repeat(2_000), b: 'x'.repeat(2_000), c: 'x'.repeat(2_000) } };
    expect(await call(`PUT ${subscribe}/0/2/${id}`, larger, en)).toMatchObject(tooLarge);
    expect(await call(`PUT ${subscribe}/0/2/${id}`, { ...large, timeout: 20 }, en)).toMatchObject({ status: 200 });

    const pattern = (length: number) => ({ subscription_form: `name,${'a.#.'.padEnd(length, 'x')}` });
    const patterns = await create(call, named('patterns', pattern(60)));
    const tooMany = refused('at most 100 bytes of patterns per account');
    expect(await call(`POST ${subscribe}/0/2`, named('more', pattern(41)), en)).toMatchObject(tooMany);
    expect(await call(`PUT ${subscribe}/0/2/${patterns}`, named('patterns', pattern(101)), en)).toMatchObject(tooMany);
    expect(await call(`PUT ${subscribe}/0/2/${patterns}`, named('patterns', pattern(100)), en)).toMatchObject({
      status: 200,
    });
    expect(await overview()).toMatchObject({
      pattern_bytes: { used: 100, bound: 100 },
      subscription_bytes: { used: expect.any(Number), bound: 10_000 },
    });
    // A subscription that was stored before there were quotas.
    await service.pool.query('UPDATE subscriptions SET event_names = $2 WHERE id = $1', [patterns, ['#.'.repeat(100)]]);
    expect(await call(`PUT ${subscribe}/0/2/${patterns}`, named('patterns', pattern(150)), en)).toMatchObject({
      status: 200,
    });
  });

  test('count only the patterns that workers get', async () => {
    await open({ patternBytes: 50, accountPatternBytes: 100 });
    const id = await create(call, named('old'));
    await service.pool.query('UPDATE subscriptions SET event_names = $2 WHERE id = $1', [id, ['#.'.repeat(100)]]);
    expect(await overview()).toMatchObject({ pattern_bytes: { used: 50, bound: 100 } });
    expect(await call(`POST ${subscribe}/0/2`, named('new', { subscription_form: 'a.#' }), en)).toMatchObject({
      status: 200,
    });
  });
});

test('a limited number of replays of an account runs at once', async () => {
  await open({ replays: 2 });
  const one = await create(call, named('one'));
  const other = await create(call, {}, 'other/2');
  await addUndelivered(service.pool, one, { count: 2 });
  await addUndelivered(service.pool, other, { account: 'other', count: 2 });
  // The lock of a process that works on the replays, so that they do not end.
  const working = await service.pool.connect();
  await working.query(`SELECT pg_advisory_lock(hashtextextended('replay', id)) FROM unnest($1::bigint[]) AS id`, [
    [one, other],
  ]);
  const replay = (account: string, id: number) =>
    call(`POST ${subscribe}/${account}/2/${id}/undelivered/replay`, { all: true }, en);
  const answers = await Promise.all(Array.from({ length: 5 }, () => replay('0', one)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    expect(answer).toMatchObject(refused('at most 2 replays per account at once'));
    expect(answer.headers['retry-after']).toBe('5');
  }
  expect(await replay('other', other)).toMatchObject({ status: 200 });
  expect(await overview()).toMatchObject({ replays: { used: 2, bound: 2 } });
  working.release(true);
  await waitFor(async () => (await replay('0', one)).status === 200, { what: 'the jobs to end' });
});

test('an account is reported as full while it has as many undelivered events as its quota', async () => {
  await open({ undelivered: 100 });
  const id = await create(call, named('one', { enabled: false }));
  const other = await create(call, { enabled: false }, 'other/2');
  await addUndelivered(service.pool, other, { account: 'other', count: 99 });
  await addUndelivered(service.pool, id, { count: 60 });
  await service.pool.query("UPDATE undelivered SET attempts = 1 WHERE account = '0'");
  expect(await overview()).toMatchObject({ undelivered: { used: 60, bound: 100 } });
  await addUndelivered(service.pool, id, { reason: 'held', count: 40 });
  await waitFor(async () => (await fullAccounts.read()).length > 0, { what: 'the report of the account' });
  expect(await fullAccounts.read()).toEqual(['0']);
  expect(await call(`DELETE ${subscribe}/0/2/${id}/undelivered`, { all: true }, en)).toMatchObject({
    body: success({ deleted: 100, left: 0 }),
  });
  expect(await overview()).toMatchObject({ undelivered: { used: 0, bound: 100 } });
  await waitFor(async () => (await fullAccounts.read()).length === 0, { what: 'the end of the report' });

  await call(`DELETE ${subscribe}/other/2/${other}`);
  const used = async () => (await overview('other')).undelivered?.used;
  await waitFor(async () => (await used()) === 0, { what: 'the deletion of the events' });
});
