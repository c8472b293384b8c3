import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ReceivedMessage } from '@callbus/broker/broker';
import { waitFor } from '@callbus/testing/wait-for';
import { claimReplay } from '../../src/replays/replays.js';
import { deleteExpired, deleteUndelivered } from '../../src/undelivered/delete-undelivered.js';
import { rowsOf } from '../../src/undelivered/selection.js';
import { eventHeaders } from '../support/event-headers.js';
import { endDelivery, type Ending } from '../support/end-delivery.js';
import { create, en, failure, subscribe, success } from '../support/call.js';
import { useService } from '../support/open-service.js';
import { acceptedFrom, addUndelivered } from '../support/undelivered-rows.js';

const time = (n: number) => new Date(acceptedFrom + n * 1_000).toISOString();

const liveEvent = { ...eventHeaders, id: 'live', identity: 'live', attempt: 3, parked: 0 };

const service = useService({ replayRate: 1_000 });
const { call } = service;
let subscription: number;
let base: string;
/** How the worker of this test ends a delivery. */
let ending: Ending;
/** The subscription whose deliveries stay pending. */
let stuck: number | undefined;
/** The deliveries that the worker took. */
const delivered: ReceivedMessage[] = [];

beforeAll(async () => {
  await service.broker.consume('deliveries', {
    prefetch: 1_000,
    handle: (message) => {
      delivered.push(message);
      const { subscription: id } = message.headers;
      if (id !== stuck) service.statistics.count(Number(id), 'pending', -1);
      return Promise.resolve(endDelivery(message, ending));
    },
  });
});
beforeEach(async () => {
  await service.pool.query('DELETE FROM undelivered; DELETE FROM subscriptions');
  subscription = await create(call);
  base = `${subscribe}/0/2/${subscription}/undelivered`;
  ending = 'done';
  stuck = undefined;
  delivered.length = 0;
});

const dataOf = ({ body }: { body: unknown }) => (body as { data: unknown }).data;
const ids = () => delivered.map(({ headers }) => headers['id']);
const left = async () => {
  const { rows } = await service.pool.query<{ event_id: string }>(
    'SELECT event_id FROM undelivered ORDER BY received_at',
  );
  return rows.map(({ event_id }) => event_id);
};

interface Job {
  readonly job_id: number;
  readonly state: string;
  readonly replayed: number;
}
const start = async (body: object) => {
  const answer = await call(`POST ${base}/replay`, body);
  expect(answer).toMatchObject({ status: 200, body: success(expect.anything()) });
  return dataOf(answer) as Job;
};
const poll = async ({ job_id }: { job_id: number }) => dataOf(await call(`GET ${base}/replay/${job_id}`)) as Job;
const untilDone = async (job: { job_id: number }) => {
  await waitFor(async () => (await poll(job)).state === 'done', { what: 'the job to be done' });
  return poll(job);
};
/** A page, in order of acceptance. */
const list = async (query = '') =>
  (dataOf(await call(`GET ${base}${query}`)) as { info: { id: number; event_id: string }[] }).info;

describe('undelivered events', () => {
  test('are listed in order of acceptance, in pages, with their bodies on request', async () => {
    await addUndelivered(service.pool, subscription, { count: 3 });
    const { status, body } = await call(`GET ${base}`);
    expect(status).toBe(200);
    const item = (n: number) => ({
      id: expect.any(Number),
      event_id: `e${n}`,
      event_name: `a.${n % 2}`,
      reason: 'exhausted',
      attempts: 10,
      last_status: 503,
      last_answer: 'busy',
      received_at: time(n),
      failed_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(body).toEqual(success({ count: 3, info: [item(1), item(2), item(3)] }));
    const page = await call(`GET ${base}?start=1&limit=1&event=true`);
    expect(page.body).toEqual(success({ count: 3, info: [{ ...item(2), event: { n: 2 } }] }));
  });

  test.each([
    ['reason=held', ['e1', 'e2']],
    ['reason=exhausted&limit=1', ['e1']],
    ['name=a.0', ['e2', 'e2', 'e4']],
    [`from=${time(2)}&to=${time(4)}`, ['e2', 'e2', 'e3']],
    [`from=${encodeURIComponent('2026-01-01T08:00:04.000+08:00')}`, ['e4']],
    ['reason=poison&name=&start=', []],
  ])('are found by %s', async (query, expected) => {
    await addUndelivered(service.pool, subscription, { count: 4 });
    await addUndelivered(service.pool, subscription, { count: 2, reason: 'held' });
    expect((await list(`?${query}`)).map(({ event_id }) => event_id)).toEqual(expected);
  });

  test.each([
    ['limit=201', `'limit' is not valid: more than 200`, 1199006],
    ['limit=21&event=true', `'limit' is not valid: more than 20`, 1199006],
    ['limit=0', `'limit' is not valid: less than 1`, 1199006],
    ['start=-1', `'start' is not valid: less than 0`, 1199006],
    ['start=x', `'start' is of the wrong type`, 1199000],
    ['event=maybe', `'event' is of the wrong type`, 1199000],
    [
      'reason=lost',
      `'reason' is not valid: none of exhausted, held, expired, poison, loop, newer_format, maxlen`,
      1199006,
    ],
    ['from=yesterday', `'from' is not valid: not a time such as 2026-01-31T08:00:00Z`, 1199006],
    ['to=2026-02-31T25:00:00Z', `'to' is not valid: not a time such as 2026-01-31T08:00:00Z`, 1199006],
    ['name=a&name=b', `'name' is of the wrong type`, 1199000],
  ])('are not found by %s', async (query, message, code) => {
    expect(await call(`GET ${base}?${query}`, undefined, en)).toMatchObject({
      status: 400,
      body: failure(code, message),
    });
  });

  test('are deleted when they are selected, and no others', async () => {
    await addUndelivered(service.pool, subscription, { count: 6 });
    const other = await create(call, { subscription_name: 'other' });
    await addUndelivered(service.pool, other, { count: 1 });
    const listed = (await list()).map(({ id }) => id);
    const remove = async (body: object) => dataOf(await call(`DELETE ${base}`, body));

    expect(await remove({ ids: [listed[0], 999_999_999] })).toEqual({ deleted: 1, left: 0 });
    expect(await remove({ from: time(2), to: time(4) })).toEqual({ deleted: 2, left: 0 });
    expect(await remove({ all: true, reason: 'held' })).toEqual({ deleted: 0, left: 0 });
    expect(await left()).toEqual(['e1', 'e4', 'e5', 'e6']);
    expect(await remove({ all: true })).toEqual({ deleted: 3, left: 0 });
    expect(await left()).toEqual(['e1']);
  });

  test('are deleted only until the time is over, and those that are left are counted', async () => {
    await addUndelivered(service.pool, subscription, { count: 2_500 });
    const all = { ids: null, reason: null, name: null, from: null, to: null };
    const remove = (selection: object) =>
      deleteUndelivered(service.pool, rowsOf(subscription, { ...all, ...selection }), performance.now());
    expect(await remove({ name: 'a.1' })).toEqual({ deleted: 1_000, left: 250 });
    expect(await remove({})).toEqual({ deleted: 1_000, left: 500 });
    expect(await remove({})).toEqual({ deleted: 500, left: 0 });
  });

  test.each([
    ['DELETE', '', 1103007],
    ['POST', '/replay', 1103008],
  ])('%s%s needs a selection', async (method, path) => {
    await addUndelivered(service.pool, subscription, { count: 1 });
    const refused = (body: unknown, code: number, message: string) =>
      expect(call(`${method} ${base}${path}`, body, en)).resolves.toMatchObject({
        status: 400,
        body: failure(code, message),
      });
    const noSelection = `'all' is not valid: all, ids, from or to is required`;
    await refused({}, 1199006, noSelection);
    await refused({ all: false, reason: 'held' }, 1199006, noSelection);
    await refused(undefined, 1199000, 'the body is not a JSON object');
    await refused({ all: 'yes' }, 1199000, `'all' is of the wrong type`);
    await refused({ ids: [] }, 1199006, `'ids' is not valid: fewer than 1 entries`);
    await refused({ ids: ['1'] }, 1199000, `'ids.0' is of the wrong type`);
    await refused(
      { ids: Array.from({ length: 1_001 }, (_, id) => id + 1) },
      1199006,
      `'ids' is not valid: more than 1000 entries`,
    );
    await refused({ from: 1 }, 1199000, `'from' is of the wrong type`);
    await refused({ to: 'soon' }, 1199006, `'to' is not valid: not a time such as 2026-01-31T08:00:00Z`);
    expect(await left()).toEqual(['e1']);
    const { body } = await call(`${method} ${base}${path}`, {});
    expect(body).toEqual(failure(1199006, `'all' 无效：需要 all、ids、from 或 to`));
  });

  test.each([
    [
      'GET',
      '',
      1103007,
      '查询或删除未送达事件失败：not found',
      'reading or deleting undelivered events failed: not found',
    ],
    [
      'DELETE',
      '',
      1103007,
      '查询或删除未送达事件失败：not found',
      'reading or deleting undelivered events failed: not found',
    ],
    ['POST', '/replay', 1103008, '重新投递失败：not found', 'replaying undelivered events failed: not found'],
    ['GET', '/replay/1', 1103008, '重新投递失败：not found', 'replaying undelivered events failed: not found'],
    ['DELETE', '/replay/1', 1103008, '重新投递失败：not found', 'replaying undelivered events failed: not found'],
  ])(
    '%s%s is answered with 404 for an unknown subscription or another account',
    async (method, path, code, zh, english) => {
      await addUndelivered(service.pool, subscription, { count: 1 });
      await service.pool.query(
        `INSERT INTO replays (id, subscription_id, is_release, through_id, state, total, created_at, worked_at)
      OVERRIDING SYSTEM VALUE VALUES (1, $1, false, 0, 'done', 0, now(), now())`,
        [subscription],
      );
      for (const target of ['0/2/999999999', `other/2/${subscription}`]) {
        const line = `${method} ${subscribe}/${target}/undelivered${path}`;
        expect(await call(line, { all: true })).toMatchObject({ status: 404, body: failure(code, zh) });
        expect(await call(line, { all: true }, en)).toMatchObject({ status: 404, body: failure(code, english) });
      }
      expect(await left()).toEqual(['e1']);
      const wrong = await call(`${method} ${subscribe}/0/2/x/undelivered${path}`, { all: true }, en);
      expect(wrong).toMatchObject({ status: 400, body: failure(1199000, `'subscription_id' is of the wrong type`) });
    },
  );

  test('are deleted in batches when they are older than the retention, like jobs', async () => {
    await addUndelivered(service.pool, subscription, { count: 1_500 });
    await service.pool.query(`UPDATE undelivered SET failed_at = now() - interval '31 days' WHERE event_id <> 'e7'`);
    const job = await start({ ids: [999_999_999] });
    await untilDone(job);
    expect([await deleteExpired(service.pool, 30), await deleteExpired(service.pool, 30)]).toEqual([1_000, 499]);
    expect(await deleteExpired(service.pool, 30)).toBe(0);
    expect(await left()).toEqual(['e7']);
    expect(await poll(job)).toMatchObject({ state: 'done' });
    await service.pool.query(`UPDATE replays SET ended_at = now() - interval '31 days'`);
    await deleteExpired(service.pool, 30);
    expect(await call(`GET ${base}/replay/${job.job_id}`)).toMatchObject({ status: 404 });
  });
});

describe('a replay', () => {
  test('sends events as first attempts, oldest first, and answers its progress', async () => {
    await addUndelivered(service.pool, subscription, { count: 450 });
    const before = Date.now();
    const job = await start({ all: true });
    expect(job).toEqual({
      job_id: expect.any(Number),
      state: 'running',
      total: 450,
      replayed: 0,
      skipped: 0,
      created_at: expect.stringMatching(/Z$/),
      ended_at: null,
    });
    expect(await untilDone(job)).toMatchObject({ total: 450, replayed: 450, ended_at: expect.stringMatching(/Z$/) });
    await waitFor(() => delivered.length === 450, { what: 'the deliveries' });
    expect(ids()).toEqual(Array.from({ length: 450 }, (_, place) => `e${place + 1}`));
    expect(delivered[0]).toMatchObject({
      headers: { subscription, attempt: 1, parked: 0, receivedAt: acceptedFrom + 1_000 },
      body: Buffer.from('{"n":1}'),
    });
    expect(delivered[0]?.headers['replayedAt']).toBeGreaterThanOrEqual(before);
    expect(await left()).toEqual([]);
    const totals = async () => (await service.statistics.totals([subscription])).get(subscription);
    await waitFor(async () => (await totals())?.undelivered === -450, { what: 'the figures' });
    await waitFor(async () => (await totals())?.pending === 0, { what: 'the end of the deliveries' });
  });

  test('waits while its events are pending, and does not delay another replay', async () => {
    const most = 1_000;
    await addUndelivered(service.pool, subscription, { count: 2 * most });
    stuck = subscription;
    await start({ all: true });
    const other = await create(call, { subscription_name: 'other' });
    await addUndelivered(service.pool, other, { count: 1_500 });
    expect((await call(`POST ${subscribe}/0/2/${other}/undelivered/replay`, { all: true })).status).toBe(200);
    const came = (to: number) => delivered.filter(({ headers }) => headers['subscription'] === to).length;
    await waitFor(() => came(other) === 1_500, { what: 'the other replay' });
    expect(came(subscription)).toBeGreaterThan(0);
    expect(came(subscription)).toBeLessThanOrEqual(most);

    stuck = undefined;
    service.statistics.count(subscription, 'pending', -came(subscription));
    await waitFor(() => came(subscription) === 2 * most, { what: 'the rest', timeoutMs: 20_000 });
  });

  test.each<[object, string[]]>([
    [{ from: time(3) }, ['e3', 'e4']],
    [{ to: time(2), from: null }, ['e1']],
    [{ all: true, name: 'a.1' }, ['e1', 'e3']],
    [{ all: true, reason: 'held' }, []],
  ])('of %j sends only the selected events', async (body, expected) => {
    await addUndelivered(service.pool, subscription, { count: 4 });
    await untilDone(await start(body));
    await waitFor(() => delivered.length >= expected.length, { what: 'the deliveries' });
    expect(ids()).toEqual(expected);
    expect(await left()).toEqual(['e1', 'e2', 'e3', 'e4'].filter((id) => !expected.includes(id)));
  });

  test('of ids sends these events in order of acceptance', async () => {
    await addUndelivered(service.pool, subscription, { count: 4 });
    const listed = (await list()).map(({ id }) => id);
    await untilDone(await start({ ids: [listed[3], listed[1]] }));
    await waitFor(() => delivered.length === 2, { what: 'the deliveries' });
    expect(ids()).toEqual(['e2', 'e4']);
  });

  test('ends although its events fail again', async () => {
    await addUndelivered(service.pool, subscription, { count: 300 });
    ending = { reason: 'exhausted', status: 500 };
    expect(await untilDone(await start({ all: true }))).toMatchObject({ total: 300, replayed: 300 });
    await waitFor(async () => (await left()).length === 300, { what: 'the events to fail again' });
    expect(delivered).toHaveLength(300);
    const { rows } = await service.pool.query('SELECT FROM undelivered WHERE last_status = 500 AND attempts = 1');
    expect(rows).toHaveLength(300);
  });

  test('skips unreadable events', async () => {
    await addUndelivered(service.pool, subscription, { count: 3 });
    await service.pool.query(`UPDATE undelivered SET headers = '{}' WHERE event_id = 'e2'`);
    expect(await untilDone(await start({ all: true }))).toMatchObject({ total: 3, replayed: 2, skipped: 1 });
    expect(await left()).toEqual(['e2']);
  });

  test('that is cancelled leaves the other events to another replay, and none is lost or sent twice', async () => {
    await addUndelivered(service.pool, subscription, { count: 1_000 });
    const job = await start({ all: true });
    await waitFor(async () => (await poll(job)).replayed > 0, { what: 'the job to be under way' });
    const cancelled = await call(`DELETE ${base}/replay/${job.job_id}`);
    expect(cancelled).toMatchObject({ status: 200, body: { data: { state: 'cancelled', total: 1_000 } } });
    // The current chunk is still settled.
    await waitFor(async () => (await poll(job)).replayed + (await left()).length === 1_000, { what: 'the last chunk' });
    expect(await poll(job)).toMatchObject({ state: 'cancelled' });
    expect((await poll(job)).replayed).toBeLessThan(1_000);

    const rest = await start({ all: true });
    await untilDone(rest);
    expect(await call(`DELETE ${base}/replay/${rest.job_id}`)).toMatchObject({ body: { data: { state: 'done' } } });
    await waitFor(() => delivered.length >= 1_000, { what: 'the deliveries' });
    expect(ids()).toEqual(Array.from({ length: 1_000 }, (_, place) => `e${place + 1}`));
  });

  test('is continued when the process that worked on it is gone', async () => {
    const holder = await service.pool.connect();
    holder.on('error', () => undefined);
    await addUndelivered(service.pool, subscription, { count: 300 });
    await service.pool.query(
      `INSERT INTO replays (subscription_id, is_release, through_id, state, total, created_at, worked_at)
      SELECT $1, false, max(id), 'running', 300, now(), '-infinity' FROM undelivered`,
      [subscription],
    );
    await holder.query('BEGIN');
    const claimed = await claimReplay(holder, []);
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    if (claimed === undefined) throw new Error('the service was faster');
    const other = await start({ ids: [1] });
    expect(delivered).toEqual([]);
    await service.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    holder.release(true);
    await untilDone({ job_id: claimed.id });
    await untilDone(other);
    await waitFor(() => delivered.length >= 300, { what: 'the deliveries' });
    expect(ids()).toEqual(Array.from({ length: 300 }, (_, place) => `e${place + 1}`));
  });
});

describe('held events', () => {
  test('are sent in order of acceptance once their subscription is enabled, and live events pass them', async () => {
    const held = await create(call, { subscription_name: 'held', enabled: false });
    await addUndelivered(service.pool, held, { count: 2_000, reason: 'held', attempt: 3 });
    expect(await call(`PATCH ${subscribe}/0/2/${held}`, { enabled: true })).toMatchObject({ status: 200 });
    await waitFor(() => delivered.length > 0, { what: 'the first ones' });
    await service.broker.publishDelivery({ headers: { ...liveEvent, subscription: held }, body: Buffer.from('{}') });
    await waitFor(() => delivered.length === 2_001, { what: 'all events' });

    const order = ids();
    expect(order.indexOf('live')).toBeLessThan(1_500);
    expect(order.filter((id) => id !== 'live')).toEqual(Array.from({ length: 2_000 }, (_, place) => `e${place + 1}`));
    expect(new Set(delivered.map(({ headers }) => headers['attempt']))).toEqual(new Set([3]));
    await waitFor(async () => (await left()).length === 0, { what: 'the deletion of the rows' });
  });

  test('stay when their subscription is disabled again', async () => {
    const held = await create(call, { subscription_name: 'held', enabled: false });
    await addUndelivered(service.pool, held, { count: 2_000, reason: 'held', attempt: 3 });
    const enable = (enabled: boolean) => call(`PATCH ${subscribe}/0/2/${held}`, { enabled });
    await enable(true);
    await waitFor(() => delivered.length > 0, { what: 'the first ones' });
    await enable(false);
    const states = async () => (await service.pool.query('SELECT state FROM replays')).rows as { state: string }[];
    await waitFor(async () => (await states()).every(({ state }) => state !== 'running'), { what: 'the job to end' });
    expect(await states()).toEqual([{ state: 'cancelled' }]);
    const rest = (await left()).length;
    expect(rest).toBeGreaterThan(0);
    await waitFor(() => delivered.length + rest === 2_000, { what: 'the last ones' });
    await enable(true);
    await waitFor(() => delivered.length === 2_000, { what: 'the rest' });
    expect(ids()).toEqual(Array.from({ length: 2_000 }, (_, place) => `e${place + 1}`));
  });
});
