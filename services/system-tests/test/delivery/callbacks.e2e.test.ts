import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createLogger } from '@callbus/runtime/observability/logger';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { createRedisStatistics } from '@callbus/statistics/redis';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../support/bus-client.js';
import { startBus, type BusProcesses } from '../support/bus-processes.js';

let place: Place;
let bus: BusProcesses;
let receiver: Receiver;
let client: ReturnType<typeof createBusClient>;

beforeAll(async () => {
  place = await isolate({ database: true });
  bus = await startBus(place, { RETRY_SCHEDULE: '1s', SECRETS_KEY: 'a key of more than thirty-two characters' });
  receiver = await openReceiver({
    answer({ path, headers }) {
      const isFirst = headers['x-callbus-attempt'] === '1';
      if (path.startsWith('/fails-once')) return { status: isFirst ? 503 : 200 };
      if (path.startsWith('/fails')) return { status: 500 };
      if (path.startsWith('/hangs')) return undefined;
      if (path.startsWith('/moved')) return { status: 307, headers: { location: '/elsewhere' }, body: 'moved' };
      return {};
    },
  });
  client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
}, 60_000);

afterAll(async () => {
  expect(await bus.stop()).toEqual([0, 0, 0]);
  await receiver.close();
  await place.cleanUp();
});

const callsTo = (path: string) => receiver.requests.filter((request) => request.path === path);
async function called(path: string, times: number) {
  await waitFor(() => callsTo(path).length >= times, { what: `call ${times} to ${path}` });
  return callsTo(path);
}

/** Named after its path and event, unless told otherwise. */
const fieldsOf = (name: string, more: Record<string, unknown> = {}) => ({
  subscription_name: name,
  callback_url: `${receiver.url}/${name}`,
  subscription_form: name,
  ...more,
});
const subscribe = (name: string, more?: Record<string, unknown>) => client.subscribe(fieldsOf(name, more));
const figuresOf = async (id: number) => (await client.statistics()).get(id);

describe('the callback’s headers', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test('tell event, time, attempt and trace, and carry the subscription’s own', async () => {
    const form = { subscription_form: 'headers' };
    // The last two are refused no subscription, but ours are the ones that are sent.
    const own = { 'X-Team': 'red', Authorization: 'Bearer of the receiver', 'User-Agent': 'x', Traceparent: 'x' };
    const id = await subscribe('fails-once', { ...form, headers: own });
    await subscribe('beside', form);
    const sentAt = Math.floor(Date.now() / 1_000);
    const event = { event_source: 's', event_topic: 't', event_type: 'y', event_status: '1', event_key: 'headers' };
    const body = JSON.stringify({ ...event, changes: [1] });
    await client.publishRaw('/api/publish', body, { traceparent });

    const [first, second] = await called('/fails-once', 2);
    const [beside] = await called('/beside', 1);
    const { request_id } = JSON.parse(String(first?.body)) as { request_id: string };
    for (const [index, call] of [first, second].entries()) {
      expect(call).toMatchObject({
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': String(first?.body.length),
          'user-agent': expect.stringMatching(/^callbus\/\d+\.\d+\.\d+$/),
          'webhook-id': `evt_${request_id}_${id}`,
          'x-callbus-attempt': String(index + 1),
          traceparent,
          'x-team': 'red',
          authorization: 'Bearer of the receiver',
        },
        body: first?.body,
      });
      const calledAt = Number(call?.headers['webhook-timestamp']);
      expect(calledAt).toBeGreaterThanOrEqual(sentAt);
      expect(calledAt).toBeLessThanOrEqual(Date.now() / 1_000);
    }
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(Number(first?.headers['webhook-timestamp']));
    expect(beside?.headers['webhook-id']).not.toBe(first?.headers['webhook-id']);
    for (const name of ['x-team', 'authorization', 'webhook-signature'])
      expect(beside?.headers).not.toHaveProperty(name);
  });

  test('have no trace when the event had none', async () => {
    await subscribe('untraced');
    await client.publishEtc({ event_key: 'untraced' });
    const [call] = await called('/untraced', 1);
    expect(call?.headers).not.toHaveProperty('traceparent');
  });
});

test('a redirect is not followed: the confirm rule judges it like any answer', async () => {
  const form = { subscription_form: 'moved', max_attempts: 2 };
  const ids = [
    await subscribe('moved?by-class', { ...form, confirm_pattern: '3xx' }),
    await subscribe('moved?by-status', { ...form, confirm_pattern: '200,307' }),
    await subscribe('moved?by-body', { ...form, confirm_mode: 'regular', confirm_pattern: '^moved$' }),
    await subscribe('moved?not', form),
  ];
  await client.publishEtc({ event_key: 'moved' });
  await waitFor(async () => (await figuresOf(ids[3]!))?.total === 2, { what: 'the second attempt' });
  const statistics = await client.statistics();
  const confirmed = { total: 1, failure: 0 };
  expect(ids.map((id) => statistics.get(id))).toEqual([confirmed, confirmed, confirmed, { total: 2, failure: 2 }]);
  expect(callsTo('/elsewhere')).toEqual([]);
});

test('no answer within the subscription’s time-out is a failure', async () => {
  const id = await subscribe('hangs', { timeout: 1, max_attempts: 2 });
  await client.publishEtc({ event_key: 'hangs' });
  await waitFor(async () => (await figuresOf(id))?.total === 2, { what: 'the second attempt' });
  expect(await figuresOf(id)).toEqual({ total: 2, failure: 2 });
  const [first, second] = callsTo('/hangs');
  // A second until it is given up, and one until it is tried again.
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(1_900);
});

describe('while deliveries wait', () => {
  test('an update holds for them too', async () => {
    const id = await subscribe('fails-before');
    await client.publishEtc({ event_key: 'fails-before' });
    const [before] = await called('/fails-before', 1);
    const changed = {
      callback_url: `${receiver.url}/after`,
      payload_format: 'cloudevents',
      headers: { 'x-new': 'yes' },
    };
    expect((await client.update(id, fieldsOf('fails-before', changed))).status).toBe(200);
    const [after] = await called('/after', 1);
    expect(after?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'x-new': 'yes',
      'x-callbus-attempt': '2',
      'webhook-id': before?.headers['webhook-id'],
    });
    await waitFor(async () => (await figuresOf(id))?.total === 2, { what: 'the figures' });
    expect(await figuresOf(id)).toEqual({ total: 2, failure: 1 });
    expect(callsTo('/fails-before')).toHaveLength(1);
  });

  test('a deletion drops them, and counts them as dropped', async () => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const redis = connectRedis({ url: place.redisUrl, logger });
    const statistics = createRedisStatistics({ redis, prefix: place.redisPrefix, logger });
    const id = await subscribe('fails-and-goes');
    await Promise.all([1, 2, 3].map(() => client.publishEtc({ event_key: 'fails-and-goes' })));
    await called('/fails-and-goes', 3);
    expect((await client.unsubscribe(id)).status).toBe(200);
    const dropped = async () => (await statistics.totals([id])).get(id)?.dropped;
    await waitFor(async () => (await dropped()) === 3, { what: 'the three to be dropped' });
    expect(callsTo('/fails-and-goes')).toHaveLength(3);
    await statistics.close();
  });

  test('a disabled subscription holds them, and has them delivered once it is enabled', async () => {
    const database = new pg.Client(place.databaseUrl);
    await database.connect();
    const held = async () => {
      const { rows } = await database.query(`SELECT FROM undelivered WHERE subscription_id = $1 AND reason = 'held'`, [
        id,
      ]);
      return rows.length;
    };
    const id = await subscribe('fails-once/held', { subscription_form: 'held' });
    const early = await client.publishEtc({ event_key: 'held' });
    await called('/fails-once/held', 1);
    const enable = (enabled: boolean) =>
      client.update(id, fieldsOf('held', { callback_url: `${receiver.url}/held`, enabled }));
    expect((await enable(false)).status).toBe(200);
    const late = await Promise.all([1, 2].map(() => client.publishEtc({ event_key: 'held' })));
    await waitFor(async () => (await held()) === 3, { what: 'the three to be held' });
    expect([callsTo('/fails-once/held').length, callsTo('/held').length]).toEqual([1, 0]);

    expect((await enable(true)).status).toBe(200);
    const calls = await called('/held', 3);
    const attempts = calls.map(({ headers, body }) => {
      const { request_id: event } = JSON.parse(body.toString()) as { request_id: string };
      return [event, headers['x-callbus-attempt']];
    });
    expect(attempts.sort()).toEqual([[early, '2'], ...late.map((event) => [event, '1'])].sort());
    await waitFor(async () => (await held()) === 0, { what: 'nothing to be held' });
    expect(calls).toHaveLength(3);
    await database.end();
  });
});
