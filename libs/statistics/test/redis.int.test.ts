import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { createRedisStatistics } from '../src/redis.js';
import type { Statistics } from '../src/statistics.js';
import { attemptOf, describeStatistics, expectTotals, expectTrace, storyOf } from './contract.js';

const logger = pino({ level: 'silent' });
let place: Place;
beforeAll(async () => (place = await isolate()));
afterAll(() => place.cleanUp());

const open = (url: string, prefix: string) =>
  createRedisStatistics({ redis: connectRedis({ url, logger, commandTimeoutMs: 500 }), prefix, logger });

describeStatistics('statistics in Redis', () => {
  const prefix = `${place.redisPrefix}${crypto.randomUUID()}:`;
  return Promise.resolve(open(place.redisUrl, prefix));
});

describe('statistics in Redis, over a connection that fails', () => {
  let prefix: string;
  let proxy: TcpProxy;
  let statistics: Statistics;
  let redis: Redis;

  beforeEach(async () => {
    prefix = `${place.redisPrefix}${crypto.randomUUID()}:`;
    proxy = await openTcpProxy(place.redisUrl);
    statistics = open(proxy.url, prefix);
    redis = connectRedis({ url: place.redisUrl, logger });
    await waitFor(() => statistics.isReady() && redis.status === 'ready', { what: 'Redis' });
  });
  afterEach(async () => {
    await statistics.close();
    redis.disconnect();
    await proxy.close();
  });

  const totalInRedis = () => redis.hget(`${prefix}subscription:1`, 'total');
  const isAway = () => waitFor(() => !statistics.isReady(), { what: 'the connection to break' });

  it('applies a batch once when its answer is lost with the connection', async () => {
    const [step] = storyOf('0', 'e1');
    proxy.holdAnswers();
    statistics.recordAttempt(attemptOf(1));
    statistics.recordStep(step!);
    await waitFor(async () => (await totalInRedis()) === '1', { what: 'the batch to be applied' });
    proxy.cut();
    await isAway();
    statistics.recordAttempt(attemptOf(1, { eventId: 'e2' }));
    statistics.recordStep(step!);

    proxy.speak();
    await expectTotals(statistics, 1, { total: 2 });
    await expectTrace(statistics, [step!, step!]);
    const attempts = await statistics.attempts(1, { limit: 10 });
    expect(attempts.map((attempt) => attempt.eventId)).toEqual(['e2', 'e1']);
  });

  it('applies a batch once when its answer comes too late', async () => {
    proxy.holdAnswers();
    statistics.count(1, 'pending', 7);
    await waitFor(async () => (await redis.hget(`${prefix}subscription:1`, 'pending')) === '7', { what: 'the batch' });
    const asked = proxy.bytesToServer();
    await waitFor(() => proxy.bytesToServer() > asked, { what: 'the batch to be sent again' });
    proxy.speak();
    statistics.count(1, 'pending', -2);
    await expectTotals(statistics, 1, { pending: 5 });
  });

  it('goes on from zero when everything in Redis was deleted', async () => {
    statistics.count(1, 'undelivered', 5);
    await expectTotals(statistics, 1, { undelivered: 5 });
    const keys = await redis.keys(`${prefix}*`);
    await redis.unlink(keys);
    await redis.script('FLUSH');

    statistics.count(1, 'undelivered', 2);
    await expectTotals(statistics, 1, { undelivered: 2 });
  });

  it('is not held up by a key that holds something else', async () => {
    await redis.set(`${prefix}subscription:1`, 'not a hash');
    statistics.count(1, 'undelivered');
    await waitFor(async () => (await redis.keys(`${prefix}writer:*`)).length === 1, { what: 'the refused batch' });
    statistics.count(2, 'undelivered');
    await expectTotals(statistics, 2, { undelivered: 1 });
  });

  it('never waits while Redis is away, and says so to those who read', async () => {
    proxy.refuse();
    proxy.cut();
    await isAway();
    await expect(statistics.totals([1])).rejects.toThrow();
    await expect(statistics.attempts(1, { limit: 1 })).rejects.toThrow();
    for (let n = 1; n <= 1_500; n += 1) statistics.recordAttempt(attemptOf(1, { eventId: `e${n}` }));
    proxy.accept();
    await expectTotals(statistics, 1, { total: 1_500 });
    const attempts = await statistics.attempts(1, { limit: 1_000 });
    expect([attempts.length, attempts[0]!.eventId, attempts[999]!.eventId]).toEqual([1_000, 'e1500', 'e501']);
  });

  it('gives the last figures to Redis when it closes, and gives up after a second', async () => {
    statistics.recordAttempt(attemptOf(1));
    await statistics.close();
    expect(await totalInRedis()).toBe('1');

    statistics = open(proxy.url, prefix);
    await waitFor(() => statistics.isReady(), { what: 'Redis' });
    proxy.holdAnswers();
    statistics.recordAttempt(attemptOf(1));
    const start = performance.now();
    await statistics.close();
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});

describe('the keys in Redis', () => {
  it('are two for a subscription, and all gone when it is forgotten', async () => {
    const prefix = `${place.redisPrefix}keys:`;
    const statistics = open(place.redisUrl, prefix);
    const redis = connectRedis({ url: place.redisUrl, logger });
    await waitFor(() => statistics.isReady() && redis.status === 'ready', { what: 'Redis' });
    const names = async () =>
      (await redis.keys(`${prefix}*`)).filter((name) => !name.startsWith(`${prefix}writer:`)).sort();
    statistics.recordAttempt(attemptOf(1));
    statistics.recordAttempt(attemptOf(1, { outcome: 'timeout' }));
    await expectTotals(statistics, 1, { total: 2, failure: 1 });
    await expect(names()).resolves.toEqual([`${prefix}subscription:1`, `${prefix}subscription:1:recent`]);

    await statistics.forget(1);
    await expect(names()).resolves.toEqual([`${prefix}subscription:1`]);
    // Late words of a worker that has not heard of it.
    statistics.recordAttempt(attemptOf(1));
    await expectTotals(statistics, 1, { total: 1 });
    for (const name of ['subscription:1', 'subscription:1:recent']) {
      const daysLeft = (await redis.ttl(prefix + name)) / 86_400;
      expect(daysLeft).toBeGreaterThan(0.9);
      expect(daysLeft).toBeLessThanOrEqual(1);
    }
    await statistics.close();
    redis.disconnect();
  });

  it('hold a trace until the window after its last step is over, or none at all', async () => {
    const prefix = `${place.redisPrefix}traces:`;
    const redis = connectRedis({ url: place.redisUrl, logger });
    const window = (traceWindowS: number) =>
      createRedisStatistics({ redis: connectRedis({ url: place.redisUrl, logger }), prefix, logger, traceWindowS });
    const [tracing, silent] = [window(60), window(0)];
    await waitFor(() => tracing.isReady() && silent.isReady() && redis.status === 'ready', { what: 'Redis' });
    const traces = () => redis.keys(`${prefix}trace:*`);

    const steps = storyOf('0', 'x'.repeat(10_000));
    silent.recordStep(steps[0]!);
    silent.count(1, 'pending');
    await expectTotals(silent, 1, { pending: 1 });
    await expect(traces()).resolves.toEqual([]);

    tracing.recordStep(steps[0]!);
    await expectTrace(tracing, steps.slice(0, 1));
    const [name = ''] = await traces();
    expect(Buffer.byteLength(name)).toBeLessThan(prefix.length + 32);
    await redis.expire(name, 10);
    tracing.recordStep(steps[1]!);
    await expectTrace(tracing, steps.slice(0, 2));
    expect(await redis.ttl(name)).toBeGreaterThan(50);
    expect(await redis.ttl(name)).toBeLessThanOrEqual(60);
    await Promise.all([tracing.close(), silent.close()]);
    redis.disconnect();
  });
});
