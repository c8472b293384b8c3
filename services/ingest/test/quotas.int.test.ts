import { afterEach, expect, test } from '@jest/globals';
import {
  createMemoryFullAccounts,
  createRedisFullAccounts,
  type FullAccounts,
} from '@callbus/runtime/redis/full-accounts';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { pino } from 'pino';
import { followFullAccounts } from '../src/quotas/follow-full-accounts.js';
import { createQuotas } from '../src/quotas/quotas.js';
import { collectEvents, etcSample, json, openDoors, silent, type Doors } from './doors.js';

const structured = { 'content-type': 'application/cloudevents+json' };
const none = () => false;
const generous = { eventsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000, isFull: none };

let doors: Doors | undefined;
afterEach(() => doors?.close());

/** Publishes an event at each door for an account. @returns the answers */
async function publish(account: string, filler = '') {
  const { http } = doors!;
  const of = { http_bk_supplier_account: account };
  const answers = [
    await http.post('/api/publish', JSON.stringify({ ...etcSample, changes: [filler] }), {
      headers: { ...json, ...of },
    }),
    await http.post(
      '/v1/event-bus/event/recv',
      JSON.stringify({ eventBusId: 'b', eventList: [{ source: 's', type: 't', data: { filler } }] }),
      { headers: { ...json, ...of } },
    ),
    await http.post('/cloudevents', JSON.stringify({ specversion: '1.0', id: `id${filler}`, source: 's', type: 't' }), {
      headers: { ...structured, ...of },
    }),
  ];
  return answers.map(({ status, data, headers }) => ({
    status,
    code: (data as { code?: string }).code,
    message: (data as { message?: string; msg?: string }).message ?? (data as { msg?: string }).msg,
    retryAfter: headers['retry-after'] as string | undefined,
  }));
}

test('an account that publishes too many events per second gets 429 with Retry-After at every door', async () => {
  doors = await openDoors({ quotas: { ...generous, eventsPerSecond: 1 } });
  const list = { eventBusId: 'b', eventList: Array.from({ length: 100 }, () => ({ source: 's', type: 't' })) };
  const of = { http_bk_supplier_account: 'fast' };
  // One request may exceed the quota of a second. The account then waits until the quota is positive again.
  expect(
    (await doors.http.post('/v1/event-bus/recv', JSON.stringify(list), { headers: { ...json, ...of } })).status,
  ).toBe(200);
  const en = 'the account fast publishes more than 1 events per second';
  const retryAfter = expect.stringMatching(/^(99|100)$/);
  expect(await publish('fast')).toEqual([
    { status: 429, code: '429', message: '账号fast发布事件过快，每秒最多1个', retryAfter },
    { status: 429, code: 'TOO_MANY_REQUESTS', message: en, retryAfter },
    { status: 429, code: 'TOO_MANY_REQUESTS', message: en, retryAfter },
  ]);
  expect((await publish('another'))[0]).toMatchObject({ status: 200 });
});

test('an account that publishes too many bytes per second gets 429', async () => {
  doors = await openDoors({ quotas: { ...generous, bytesPerSecond: 1_024 } });
  expect((await publish('big', 'x'.repeat(10_000)))[0]).toMatchObject({ status: 200 });
  expect(await publish('big')).toEqual([
    expect.objectContaining({ status: 429, code: '429', message: '账号big发布数据过快，每秒最多1024字节' }),
    expect.objectContaining({ status: 429, code: 'TOO_MANY_REQUESTS' }),
    expect.objectContaining({ status: 429, message: 'the account big publishes more than 1024 bytes per second' }),
  ]);
  expect(Number((await publish('big'))[0]?.retryAfter)).toBeGreaterThan(5);
});

test('ETC_ERROR_STATUS applies to this error too', async () => {
  doors = await openDoors({ quotas: { ...generous, isFull: () => true }, etcErrorStatus: 200 });
  expect((await publish('full'))[0]).toMatchObject({ status: 200, code: '429' });
});

test('a full account publishes nothing, and other accounts are not affected', async () => {
  doors = await openDoors({ quotas: { ...generous, isFull: (account) => account === 'full' } });
  const events = await collectEvents(doors.broker);
  const message = 'the account full has reached its limit of undelivered events: replay or delete some';
  expect(await publish('full')).toMatchObject([
    { status: 429, code: '429', message: '账号full未送达的事件过多，请重新投递或删除', retryAfter: undefined },
    { status: 429, code: 'TOO_MANY_REQUESTS', message },
    { status: 429, code: 'TOO_MANY_REQUESTS', message },
  ]);
  const mixed = {
    eventBusId: 'b',
    eventList: ['a', 'full'].map((accountId) => ({ source: 's', type: 't', accountId })),
  };
  expect((await doors.http.post('/v1/event-bus/recv', JSON.stringify(mixed), { headers: json })).status).toBe(429);
  expect(events).toEqual([]);
  expect((await publish('a')).map(({ status }) => status)).toEqual([200, 200, 202]);
});

test('a quota refills with time, up to the quota of one second', () => {
  let now = 0;
  const quotas = createQuotas({
    ...generous,
    eventsPerSecond: 10,
    bytesPerSecond: 10,
    now: () => now,
  });
  const events = (count: number) => quotas.takeEvents(Array.from({ length: count }, () => ({ account: 'a' })));
  expect(events(10)).toBeUndefined();
  expect(events(1)).toMatchObject({ kind: 'tooManyEvents', details: { retryAfterS: 1 } });
  now += 100;
  expect(events(1)).toBeUndefined();
  expect(events(1)).toMatchObject({ kind: 'tooManyEvents' });
  now += 60_000;
  expect(events(30)).toBeUndefined();
  expect(events(1)).toMatchObject({ details: { retryAfterS: 3 } });
  expect(quotas.takeBytes('a', 25)).toBeUndefined();
  expect(quotas.takeBytes('a', 1)).toMatchObject({ kind: 'tooManyBytes', details: { retryAfterS: 2 } });
});

test('accepted events are counted once, by account, and refused events are not', () => {
  const quotas = createQuotas({ ...generous, eventsPerSecond: 3, now: () => 0 });
  quotas.takeBytes('a', 100);
  quotas.takeBytes('a', 50);
  expect(quotas.takeEvents([{ account: 'a' }, { account: 'a' }])).toBeUndefined();
  expect(quotas.takeEvents(['b', 'a', 'b', 'b'].map((account) => ({ account })))).toBeUndefined();
  expect(quotas.takeEvents([{ account: 'b' }])).toBeDefined();
  expect(quotas.takeCounts()).toEqual(
    new Map([
      ['a', { events: 3, bytes: 150 }],
      ['b', { events: 3, bytes: 0 }],
    ]),
  );
  expect(quotas.takeCounts()).toEqual(new Map());
});

test('a full bucket is dropped, and a bucket in debt stays', () => {
  let now = 0;
  const quotas = createQuotas({ ...generous, eventsPerSecond: 1, now: () => now });
  const take = (account: string) => quotas.takeEvents([{ account }]);
  expect(take('in debt')).toBeUndefined();
  expect(quotas.takeEvents(Array.from({ length: 5 }, () => ({ account: 'first' })))).toBeUndefined();
  now += 1_000;
  for (let number = 0; number < 20_000; number += 1) take(`account ${number}`);
  expect(take('first')).toMatchObject({ kind: 'tooManyEvents' });
  expect(take('in debt')).toBeUndefined();
});

test.each<[store: string, open: () => Promise<FullAccounts & { close: () => Promise<void> }>]>([
  ['memory', () => Promise.resolve({ ...createMemoryFullAccounts(), close: () => Promise.resolve() })],
  [
    'Redis',
    async () => {
      const place = await isolate();
      const redis = connectRedis({ url: place.redisUrl, logger: silent });
      await waitFor(() => redis.status === 'ready', { what: 'Redis' });
      const close = async () => {
        redis.disconnect();
        await place.cleanUp();
      };
      return { ...createRedisFullAccounts({ redis, prefix: place.redisPrefix }), close };
    },
  ],
])('a change of the full accounts in %s takes effect soon', async (_store, open) => {
  const fullAccounts = await open();
  const known = followFullAccounts({ fullAccounts, logger: silent, intervalMs: 20 });
  expect(known.has('full')).toBe(false);
  await fullAccounts.write(['full', 'other']);
  await waitFor(() => known.has('full'), { what: 'the account to be full' });
  await fullAccounts.write([]);
  await waitFor(() => !known.has('full'), { what: 'the account not to be full' });
  known.stop();
  await fullAccounts.close();
});

test('while the store is away, the last list stays valid', async () => {
  let reads = 0;
  const read = () => {
    reads += 1;
    return reads === 1 ? Promise.resolve(['full']) : Promise.reject(new Error('away'));
  };
  const logged: string[] = [];
  const logger = pino(
    { level: 'warn', base: null, timestamp: false },
    { write: (line: string) => void logged.push(line) },
  );
  const known = followFullAccounts({ fullAccounts: { read }, logger, intervalMs: 1 });
  await waitFor(() => reads > 4, { what: 'several reads' });
  expect(known.has('full')).toBe(true);
  expect(logged.map((line) => JSON.parse(line) as object)).toEqual([
    { level: 40, error: 'away', known: 1, msg: 'full accounts cannot be read: the last list stays valid' },
  ]);
  known.stop();
});
