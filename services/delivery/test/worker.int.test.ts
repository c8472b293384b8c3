import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Broker, ReceivedMessage } from '@callbus/broker/broker';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import type { DeliveryHeaders } from '@callbus/contracts/deliveries/delivery-task';
import type { EventHeaders } from '@callbus/contracts/events/event';
import { asideOf } from '@callbus/contracts/messages/set-aside';
import { createLogger } from '@callbus/runtime/observability/logger';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { createRedisStatistics } from '@callbus/statistics/redis';
import type { Statistics } from '@callbus/statistics/statistics';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createDelivery } from '../src/service.js';
import { createSubscriptionClient } from '../src/subscriptions/subscription-client.js';
import { createTestPost } from './create-test-post.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';
import { openSubscriptionService, token } from './subscription-service.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const maxEventAgeMs = 3_600_000;

let receiver: Receiver;
let broker: Broker;
let statistics: Statistics;
/** More callbacks than a new lane makes at once. */
const moreThanLane = 8;
/** The messages of `undelivered`. */
const undelivered: ReceivedMessage[] = [];
const closers: (() => unknown)[] = [];

/** Subscriptions by the name of their events and paths. The last one is deleted. */
const ids = { confirms: 1, fails: 2, held: 3, gone: 4 };
/** A subscription that gets its events in binary mode. */
const binary = 7;
/** Two subscriptions whose receivers answer 508: a door of Callbus that refuses too many hops, and another server. */
const looping = { round: 9, other: 10 };
/** A subscription with many patterns that are costly to match. */
const costly = 11;
/** Subscriptions to the events `dead`, whose receivers always fail. */
const dead = [5, 6];

beforeAll(async () => {
  const place = await isolate();
  closers.push(() => place.cleanUp());
  receiver = await openReceiver({
    answer: ({ path }) => {
      if (path === '/round') return { status: 508, headers: { 'x-callbus-hops': '9' }, body: 'round' };
      if (path === '/other') return { status: 508, body: 'not ours' };
      return path === '/fails' ? { status: 502, body: 'no\0pe' } : {};
    },
  });
  closers.push(() => receiver.close());
  const service = await openSubscriptionService();
  closers.push(() => service.close());
  for (const [name, id] of Object.entries(ids).slice(0, 3)) {
    const row = subscriptionOf({
      id,
      eventNames: [name],
      callbackUrl: `${receiver.url}/${name}`,
      enabled: name !== 'held',
      maxAttempts: 1,
    });
    service.rows.set(id, row);
  }

  service.rows.set(
    binary,
    subscriptionOf({
      id: binary,
      eventNames: ['binary'],
      callbackUrl: `${receiver.url}/binary`,
      payloadFormat: 'cloudevents-binary',
    }),
  );
  for (const [name, id] of Object.entries(looping))
    service.rows.set(
      id,
      subscriptionOf({
        id,
        eventNames: [name],
        callbackUrl: `${receiver.url}/${name}`,
        // The rule confirms the body, although the answer refuses a loop.
        confirmMode: name === 'round' ? 'regular' : 'httpstatus',
        confirmPattern: name === 'round' ? 'round' : '200',
        maxAttempts: 2,
      }),
    );
  const patterns = Array.from({ length: 4_096 }, (_, number) => {
    const words = Array.from({ length: 12 }, (_each, bit) => ((number >> bit) & 1 ? 'a' : '*'));
    return `#.${words.join('.')}.b.#`;
  });
  const costlyRow = { id: costly, account: 'costly', callbackUrl: `${receiver.url}/costly` };
  service.rows.set(costly, subscriptionOf({ ...costlyRow, eventNames: [...patterns, '#.a'] }));
  for (const id of dead)
    service.rows.set(
      id,
      subscriptionOf({ id, eventNames: ['dead'], callbackUrl: `${receiver.url}/fails`, maxAttempts: 1 }),
    );

  const redis = connectRedis({ url: place.redisUrl, logger });
  statistics = createRedisStatistics({ redis, tracesMaxBytes: 16_777_216, prefix: place.redisPrefix, logger });
  closers.push(() => statistics.close());
  const { amqpUrl: url, brokerPrefix: prefix } = place;
  broker = await createRabbitmqBroker({ url, prefix, confirmTimeoutMs: 5_000, name: 'worker test', logger });
  closers.push(() => broker.close());
  const post = createTestPost();
  closers.push(() => post.close());
  const delivery = createDelivery({
    broker,
    client: createSubscriptionClient({ url: service.url, tokens: [token] }),
    post,
    statistics,
    prefetch: 10,
    retrySchedule: [1_000],
    maxEventAgeMs,
    isClockTrusted: () => true,
    secretBox: undefined,
    logger,
  });
  closers.push(() => delivery.close());
  await delivery.started;
  await broker.consume('undelivered', {
    prefetch: 10,
    handle: (message) => {
      undelivered.push(message);
      return Promise.resolve({ kind: 'done' });
    },
  });
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});
beforeEach(() => void undelivered.splice(0));

const body = Buffer.from('{"specversion":"1.0","id":"e"}');
const event = (name: string): EventHeaders => ({
  id: 'e',
  identity: `identity-of-${name}`,
  account: 'a',
  bus: '',
  name,
  type: 't',
  dialect: 'cloudevents',
  receivedAt: Date.now(),
  dataAt: 0,
});
const task = (name: keyof typeof ids): DeliveryHeaders => ({
  ...event(name),
  subscription: ids[name],
  attempt: 1,
  parked: 0,
});
const callsTo = (name: string) => receiver.requests.filter(({ path }) => path === `/${name}`).length;
const totalsOf = async (name: keyof typeof ids) => (await statistics.totals([ids[name]])).get(ids[name]);
const reasonOf = (headers: ReceivedMessage['headers']) => headers['reason'] ?? asideOf(headers)?.reason;
const ended = (count: number) => waitFor(() => undelivered.length >= count, { what: `${count} undelivered` });

test('unreadable messages end as poison, and other messages are delivered', async () => {
  const before = callsTo('confirms');
  const strange = (changes: Record<string, unknown>) => ({ ...task('confirms'), ...changes });
  const bytes = Buffer.from([0, 255]);
  await Promise.all([
    broker.publishEvent({ headers: strange({ type: 7 }), body }),
    broker.publishEvent({ headers: event('confirms'), body: bytes }),
    broker.publishEvent({ headers: event('confirms'), body }),
    broker.publishDelivery({ headers: strange({ attempt: 'x' }), body }),
    broker.publishDelivery({ headers: strange({ dataAt: 9 }), body }),
  ]);
  await ended(4);
  expect(undelivered.map(({ headers }) => reasonOf(headers))).toEqual(['poison', 'poison', 'poison', 'poison']);
  expect(undelivered.filter((message) => message.body.equals(bytes))).toHaveLength(1);
  await waitFor(() => callsTo('confirms') > before, { what: 'the callback' });
  expect(callsTo('confirms')).toBe(before + 1);
});

test('an event from the queue `deliveries` is dispatched like any other event', async () => {
  const before = callsTo('confirms');
  await broker.putBack({ queue: 'deliveries', headers: { ...event('confirms') }, table: undefined, body });
  await waitFor(() => callsTo('confirms') > before, { what: 'the callback' });
  expect(callsTo('confirms')).toBe(before + 1);
});

test('costly events are parked once their account has used up its matching time, and are dispatched later', async () => {
  const headers = { ...event(Array(255).fill('a').join('.')), account: 'costly' };
  let published = 0;
  async function publishTen(): Promise<boolean> {
    const some = Array.from({ length: 10 }, () => `costly-${(published += 1)}`);
    await Promise.all(some.map((id) => broker.publishEvent({ headers: { ...headers, id, identity: id }, body })));
    const traces = () => Promise.all(some.map((id) => statistics.trace('costly', id)));
    await waitFor(async () => (await traces()).every(({ steps }) => steps.length > 0), { what: 'their first steps' });
    return (await traces()).some(({ steps }) => steps[0]?.kind === 'waiting');
  }
  while (!(await publishTen())) expect(published).toBeLessThan(1_000);
  await waitFor(() => callsTo('costly') >= published, { what: 'all callbacks', timeoutMs: 60_000 });
  expect(callsTo('costly')).toBe(published);
}, 120_000);

test('a task ends after its last attempt, with the answer of that attempt', async () => {
  await broker.publishEvent({ headers: event('fails'), body });
  await ended(1);
  expect(undelivered).toMatchObject([
    { headers: { ...task('fails'), receivedAt: expect.any(Number), reason: 'exhausted', status: 502 }, body },
  ]);
  expect(callsTo('fails')).toBe(1);
  await waitFor(async () => (await totalsOf('fails'))?.undelivered === 1, { what: 'the statistics' });
  expect(await totalsOf('fails')).toEqual({
    total: 1,
    failure: 1,
    pending: 0,
    delivered: 0,
    undelivered: 1,
    dropped: 0,
  });
});

test('a task of a disabled subscription is held without a callback', async () => {
  await broker.publishDelivery({ headers: { ...task('held'), attempt: 3 }, body });
  await ended(1);
  expect(undelivered).toMatchObject([{ headers: { subscription: ids.held, attempt: 3, reason: 'held' }, body }]);
  expect(callsTo('held')).toBe(0);
});

test('a task that is too old expires without a callback', async () => {
  const before = callsTo('confirms');
  const receivedAt = Date.now() - maxEventAgeMs - 1;
  await broker.publishDelivery({ headers: { ...task('confirms'), receivedAt }, body });
  await ended(1);
  expect(undelivered).toMatchObject([{ headers: { subscription: ids.confirms, reason: 'expired' }, body }]);
  expect(callsTo('confirms')).toBe(before);
});

test('a task of a deleted subscription is dropped and counted', async () => {
  await broker.publishDelivery({ headers: task('gone'), body });
  await waitFor(async () => (await totalsOf('gone'))?.dropped === 1, { what: 'the statistics' });
  expect(undelivered).toEqual([]);
});

test('tasks behind open breakers are parked as one message', async () => {
  for (let round = 1; round <= 5; round += 1) {
    await broker.publishEvent({ headers: event('dead'), body });
    await ended(2 * round);
  }
  const before = callsTo('fails');
  await broker.publishEvent({ headers: event('dead'), body });
  const waiting = async () => (await broker.queues()).find(({ name }) => name === 'retry.30s')?.ready;
  await waitFor(async () => (await waiting()) === 1, { what: 'the parked message' });
  expect(callsTo('fails')).toBe(before);
});

test('each task of a group is handled like a task that came alone', async () => {
  const before = callsTo('confirms');
  const dropped = (await totalsOf('gone'))?.dropped ?? 0;
  const group = (subscriptions: string) =>
    Object.assign(task('confirms'), { subscription: undefined, parked: 1, subscriptions });
  await broker.publishDelivery({ headers: group(`${ids.confirms} ${ids.held} ${ids.gone} ${dead.join(' ')}`), body });
  await broker.publishDelivery({ headers: group('8 x'), body });
  await ended(2);
  const reasons = new Map(undelivered.map(({ headers }) => [reasonOf(headers), headers['subscription']]));
  expect(reasons).toEqual(
    new Map([
      ['held', ids.held],
      ['poison', undefined],
    ]),
  );
  await waitFor(() => callsTo('confirms') > before, { what: 'the callback' });
  await waitFor(async () => (await totalsOf('gone'))?.dropped === dropped + 1, { what: 'the dropped task' });
  expect(callsTo('confirms')).toBe(before + 1);
});

test('a task for which no request can be built is poison, with the reason, and does not change its lane', async () => {
  const before = callsTo('binary');
  const tasks = 2 * moreThanLane;
  for (let count = 0; count < tasks; count += 1)
    await broker.publishDelivery({
      headers: { ...task('confirms'), name: 'binary', subscription: binary, attempt: 2 },
      body: Buffer.from('{not json}'),
    });
  await ended(tasks);
  for (const { headers } of undelivered)
    expect(asideOf(headers)).toMatchObject({ reason: 'poison', answer: expect.stringContaining('cannot be built') });
  expect(callsTo('binary')).toBe(before);

  await Promise.all(
    Array.from({ length: moreThanLane }, () => broker.publishEvent({ headers: event('binary'), body })),
  );
  await waitFor(() => callsTo('binary') === before + moreThanLane, { what: 'the other callbacks' });
  const attempts = () => statistics.attempts(binary, { limit: 1_000, outcome: 'unsent' });
  await waitFor(async () => (await attempts()).length === tasks, { what: 'the attempts' });
  expect((await attempts())[0]).toMatchObject({ attempt: 2, status: null, answer: expect.stringContaining('JSON') });
  const totals = async () => (await statistics.totals([binary])).get(binary);
  await waitFor(async () => (await totals())?.total === moreThanLane, { what: 'the statistics' });
  expect(await totals()).toMatchObject({ failure: 0, undelivered: tasks });
  const { steps } = await statistics.trace('a', 'e');
  expect(steps).toContainEqual(expect.objectContaining({ kind: 'attempt', subscription: binary, outcome: 'unsent' }));
});

test('a callback that a door of Callbus refuses for too many hops ends at once and does not change its lane', async () => {
  const before = callsTo('round');
  for (let count = 0; count < moreThanLane; count += 1)
    await broker.publishDelivery({
      headers: { ...task('confirms'), name: 'round', subscription: looping.round, hops: 8 },
      body,
    });
  await ended(moreThanLane);
  expect(undelivered.map(({ headers }) => headers)).toEqual(
    Array(moreThanLane).fill(expect.objectContaining({ reason: 'loop', status: 508, answer: 'round', hops: 8 })),
  );
  expect(callsTo('round')).toBe(before + moreThanLane);
  expect(receiver.requests.at(-1)!.headers['x-callbus-hops']).toBe('9');
});

test('an answer 508 of another server is an ordinary refusal', async () => {
  await broker.publishEvent({ headers: event('other'), body });
  await ended(1);
  expect(undelivered[0]!.headers).toMatchObject({ reason: 'exhausted', status: 508, attempt: 2 });
});
