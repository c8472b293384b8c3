import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createLogger } from '@callbus/runtime/observability/logger';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { createRedisStatistics } from '@callbus/statistics/redis';
import type { ReceiverOptions } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { openSystem, type System } from '../support/system.js';

const answer: ReceiverOptions['answer'] = ({ path, headers }) => {
  const isFirst = headers['x-callbus-attempt'] === '1';
  if (path.startsWith('/fails-once')) return { status: isFirst ? 503 : 200 };
  if (path.startsWith('/fails')) return { status: 500 };
  if (path.startsWith('/hangs')) return undefined;
  if (path.startsWith('/moved')) return { status: 307, headers: { location: '/elsewhere' }, body: 'moved' };
  return {};
};

let system: System;

beforeAll(async () => {
  system = await openSystem({
    env: { RETRY_SCHEDULE: '1s', SECRETS_KEY: 'a key of more than thirty-two characters' },
    answer,
  });
}, 60_000);
afterAll(() => system.close());

const callsTo = (path: string) => system.receiver.requests.filter((request) => request.path === path);
async function called(path: string, times: number) {
  await waitFor(() => callsTo(path).length >= times, { what: `call ${times} to ${path}` });
  return callsTo(path);
}

/** The path of the callback and the event have the name of the subscription. */
const fieldsOf = (name: string, more: Record<string, unknown> = {}) => ({
  subscription_name: name,
  callback_url: `${system.receiver.url}/${name}`,
  subscription_form: name,
  ...more,
});
const subscribe = (name: string, more?: Record<string, unknown>) => system.client.subscribe(fieldsOf(name, more));
const countersOf = async (id: number) => (await system.client.statistics()).get(id);

describe('the callback’s headers', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test('name event, time, attempt and trace context, and include those of the subscription', async () => {
    const form = { subscription_form: 'headers' };
    // A subscription may name the last two, but the bus sends its own values.
    const own = { 'X-Team': 'red', Authorization: 'Bearer of the receiver', 'User-Agent': 'x', Traceparent: 'x' };
    const id = await subscribe('fails-once', { ...form, headers: own });
    await subscribe('beside', form);
    const sentAt = Math.floor(Date.now() / 1_000);
    const event = { event_source: 's', event_topic: 't', event_type: 'y', event_status: '1', event_key: 'headers' };
    const body = JSON.stringify({ ...event, changes: [1] });
    await system.client.publishRaw('/api/publish', body, { traceparent });

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

  test('have no trace context when the event had none', async () => {
    await subscribe('untraced');
    await system.client.publishEtc({ event_key: 'untraced' });
    const [call] = await called('/untraced', 1);
    expect(call?.headers).not.toHaveProperty('traceparent');
  });
});

test('a redirect is not followed: the confirm rule applies to it as to any answer', async () => {
  const form = { subscription_form: 'moved', max_attempts: 2 };
  const ids = [
    await subscribe('moved?by-class', { ...form, confirm_pattern: '3xx' }),
    await subscribe('moved?by-status', { ...form, confirm_pattern: '200,307' }),
    await subscribe('moved?by-body', { ...form, confirm_mode: 'regular', confirm_pattern: '^moved$' }),
    await subscribe('moved?not', form),
  ];
  await system.client.publishEtc({ event_key: 'moved' });
  await waitFor(async () => (await countersOf(ids[3]!))?.total === 2, { what: 'the second attempt' });
  const statistics = await system.client.statistics();
  const confirmed = { total: 1, failure: 0 };
  expect(ids.map((id) => statistics.get(id))).toEqual([confirmed, confirmed, confirmed, { total: 2, failure: 2 }]);
  expect(callsTo('/elsewhere')).toEqual([]);
});

test('an attempt without an answer within the time-out of the subscription fails', async () => {
  const id = await subscribe('hangs', { timeout: 1, max_attempts: 2 });
  await system.client.publishEtc({ event_key: 'hangs' });
  await waitFor(async () => (await countersOf(id))?.total === 2, { what: 'the second attempt' });
  expect(await countersOf(id)).toEqual({ total: 2, failure: 2 });
  const [first, second] = callsTo('/hangs');
  // The time-out takes a second, and the delay before the second attempt another.
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(1_900);
});

describe('while deliveries wait', () => {
  test('an update applies to them too', async () => {
    const id = await subscribe('fails-before');
    await system.client.publishEtc({ event_key: 'fails-before' });
    const [before] = await called('/fails-before', 1);
    const changed = {
      callback_url: `${system.receiver.url}/after`,
      payload_format: 'cloudevents',
      headers: { 'x-new': 'yes' },
    };
    expect((await system.client.update(id, fieldsOf('fails-before', changed))).status).toBe(200);
    const [after] = await called('/after', 1);
    expect(after?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'x-new': 'yes',
      'x-callbus-attempt': '2',
      'webhook-id': before?.headers['webhook-id'],
    });
    await waitFor(async () => (await countersOf(id))?.total === 2, { what: 'the counters' });
    expect(await countersOf(id)).toEqual({ total: 2, failure: 1 });
    expect(callsTo('/fails-before')).toHaveLength(1);
  });

  test('a deletion drops them and counts them as dropped', async () => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const redis = connectRedis({ url: system.place.redisUrl, logger });
    const statistics = createRedisStatistics({
      redis,
      tracesMaxBytes: 16_777_216,
      prefix: system.place.redisPrefix,
      logger,
    });
    const id = await subscribe('fails-and-goes');
    await Promise.all([1, 2, 3].map(() => system.client.publishEtc({ event_key: 'fails-and-goes' })));
    await called('/fails-and-goes', 3);
    expect((await system.client.unsubscribe(id)).status).toBe(200);
    const dropped = async () => (await statistics.totals([id])).get(id)?.dropped;
    await waitFor(async () => (await dropped()) === 3, { what: 'the three to be dropped' });
    expect(callsTo('/fails-and-goes')).toHaveLength(3);
    await statistics.close();
  });

  test('a disabled subscription holds them, and they are delivered after it is enabled', async () => {
    const database = new pg.Client(system.place.databaseUrl);
    await database.connect();
    const held = async () => {
      const { rows } = await database.query(`SELECT FROM undelivered WHERE subscription_id = $1 AND reason = 'held'`, [
        id,
      ]);
      return rows.length;
    };
    const id = await subscribe('fails-once/held', { subscription_form: 'held' });
    const early = await system.client.publishEtc({ event_key: 'held' });
    await called('/fails-once/held', 1);
    const enable = (enabled: boolean) =>
      system.client.update(id, fieldsOf('held', { callback_url: `${system.receiver.url}/held`, enabled }));
    expect((await enable(false)).status).toBe(200);
    const late = await Promise.all([1, 2].map(() => system.client.publishEtc({ event_key: 'held' })));
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
