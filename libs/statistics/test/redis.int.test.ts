import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { createRedisStatistics } from '../src/redis.js';
import type { Statistics } from '../src/statistics.js';
import {
  attemptOf,
  describeStatistics,
  expectTotals,
  expectTrace,
  stepAt,
  storyOf,
  type OpenOptions,
} from './contract.js';

const logger = pino({ level: 'silent' });
let place: Place;
beforeAll(async () => (place = await isolate()));
afterAll(() => place.cleanUp());

const open = (url: string, prefix: string, { tracesMaxBytes = 16_777_216, tracesUrl }: OpenRedisOptions = {}) =>
  createRedisStatistics({
    redis: connectRedis({ url, logger, commandTimeoutMs: 500 }),
    tracesRedis: tracesUrl === undefined ? undefined : connectRedis({ url: tracesUrl, logger }),
    tracesMaxBytes,
    prefix,
    logger,
  });

interface OpenRedisOptions extends OpenOptions {
  readonly tracesUrl?: string;
}

describeStatistics('statistics in Redis', (options) => {
  const prefix = `${place.redisPrefix}${crypto.randomUUID()}:`;
  return Promise.resolve(open(place.redisUrl, prefix, options));
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
    await waitFor(async () => (await redis.keys(`${prefix}writer:*`)).length === 2, { what: 'the batches' });
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

  it('is not held up by a key of another type', async () => {
    await redis.set(`${prefix}subscription:1`, 'not a hash');
    statistics.count(1, 'undelivered');
    await waitFor(async () => (await redis.keys(`${prefix}writer:*`)).length === 1, { what: 'the batch' });
    statistics.count(2, 'undelivered');
    await expectTotals(statistics, 2, { undelivered: 1 });
  });

  it('never waits while Redis is away, and rejects readings', async () => {
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

  it('flushes the last figures when it closes, and gives up while Redis does not answer', async () => {
    statistics.recordAttempt(attemptOf(1));
    await statistics.close();
    expect(await totalInRedis()).toBe('1');

    statistics = open(proxy.url, prefix);
    await waitFor(() => statistics.isReady(), { what: 'Redis' });
    proxy.holdAnswers();
    statistics.recordAttempt(attemptOf(1));
    await statistics.close();
  });
});

describe('the keys in Redis', () => {
  let prefix: string;
  let redis: Redis;
  beforeEach(async () => {
    prefix = `${place.redisPrefix}${crypto.randomUUID()}:`;
    redis = connectRedis({ url: place.redisUrl, logger });
    await waitFor(() => redis.status === 'ready', { what: 'Redis' });
  });
  afterEach(() => redis.disconnect());

  async function opened(options: OpenRedisOptions = {}): Promise<Statistics> {
    const statistics = open(place.redisUrl, prefix, options);
    await waitFor(() => statistics.isReady(), { what: 'Redis' });
    return statistics;
  }
  const names = async (pattern: string) =>
    (await redis.keys(prefix + pattern)).map((name) => name.slice(prefix.length));
  const bytesOf = async (pattern: string) => {
    const sizes = (await names(pattern)).map((name) => redis.memory('USAGE', prefix + name, 'SAMPLES', 0));
    return (await Promise.all(sizes)).reduce((sum: number, size) => sum + (size ?? 0), 0);
  };

  it('are two for a subscription, and all gone a day after it was forgotten', async () => {
    const statistics = await opened();
    statistics.recordAttempt(attemptOf(1));
    statistics.recordAttempt(attemptOf(1, { outcome: 'timeout' }));
    await expectTotals(statistics, 1, { total: 2, failure: 1 });
    expect((await names('subscription:*')).sort()).toEqual(['subscription:1', 'subscription:1:recent']);

    await statistics.forget(1);
    // A worker that has not heard of the deletion yet.
    statistics.recordAttempt(attemptOf(1));
    await expectTotals(statistics, 1, { total: 1 });
    const left = await names('subscription:*');
    expect(left.sort()).toEqual(['subscription:1', 'subscription:1:recent:forgotten']);
    for (const name of left) {
      const daysLeft = (await redis.ttl(prefix + name)) / 86_400;
      expect(daysLeft).toBeGreaterThan(0.9);
      expect(daysLeft).toBeLessThanOrEqual(1);
    }
    await expect(statistics.attempts(1, { limit: 1 })).resolves.toEqual([]);
    await statistics.close();
  });

  it('of stories are few, and expire', async () => {
    const statistics = await opened();
    const steps = Array.from({ length: 1_000 }, (_, n) => stepAt('0', `e${n}`, n));
    steps.forEach((step) => statistics.recordStep(step));
    await expectTrace(statistics, steps.slice(-1));
    const lists = await names('traces:*');
    expect(lists.length).toBeLessThanOrEqual(64);
    for (const name of lists) expect(await redis.ttl(prefix + name)).toBeGreaterThan(4 * 86_400);
    await statistics.close();
  });

  it('stay within the bound while several processes write', async () => {
    const tracesMaxBytes = 2_097_152;
    const processes = await Promise.all([1, 2].map(() => opened({ tracesMaxBytes })));
    for (let wave = 0; wave < 30; wave += 1) {
      for (const [place, statistics] of processes.entries()) {
        for (let n = 0; n < 1_000; n += 1) {
          statistics.recordStep(stepAt('0', `${place}-${wave}-${n}`, wave));
          statistics.recordAttempt(attemptOf(10 * wave + (n % 20), { eventId: `e${n}`, answer: 'x'.repeat(n % 256) }));
        }
      }
      for (const [place, statistics] of processes.entries())
        await expectTrace(statistics, [stepAt('0', `${place}-${wave}-999`, wave)]);
      expect((await bytesOf('traces*')) + (await bytesOf('*:recent'))).toBeLessThan(1.05 * tracesMaxBytes);
    }
    const [statistics] = processes;
    await expectTotals(statistics!, 295, { total: 200 });
    const estimate = Number(await redis.hget(`${prefix}traces`, 'attempts'));
    expect(estimate / (await bytesOf('*:recent'))).toBeGreaterThan(0.9);
    expect(estimate).toBeLessThanOrEqual(tracesMaxBytes / 2);
    for (let subscription = 0; subscription < 310; subscription += 1) await statistics!.forget(subscription);
    expect(await redis.hget(`${prefix}traces`, 'attempts')).toBe('0');
    await Promise.all(processes.map((one) => one.close()));
  }, 60_000);

  it('of version 0.1 do no harm: its attempts are read, its traces are not', async () => {
    const old = attemptOf(1, { eventId: 'old', at: 5 });
    await redis.rpush(`${prefix}subscription:1:recent`, '[5,"old",1,"confirmed",200,12,"ok"]');
    await redis.rpush(`${prefix}trace:AAAAAAAAAAAAAAAAAAAAAAAA`, '["a",3,7,1,"error",null,0]');
    const statistics = await opened();
    await expect(statistics.attempts(1, { limit: 5 })).resolves.toEqual([old]);
    const attempt = attemptOf(1, { eventId: 'new' });
    statistics.recordAttempt(attempt);
    await expectTotals(statistics, 1, { total: 1 });
    await expect(statistics.attempts(1, { limit: 5 })).resolves.toEqual([attempt, old]);
    await expect(statistics.trace('0', 'e1')).resolves.toMatchObject({ steps: [] });
    await statistics.forget(1);
    expect(await redis.hget(`${prefix}traces`, 'attempts')).toBe('0');
    await statistics.close();
  });

  it('of a list to which version 0.1 has written are measured when their counted size was deleted', async () => {
    const statistics = await opened();
    const list = `${prefix}subscription:1:recent`;
    const attempt = attemptOf(1, { eventId: 'new' });
    statistics.recordAttempt(attempt);
    await expectTotals(statistics, 1, { total: 1 });
    await redis.rpush(list, '[5,"old",1,"confirmed",200,12,"ok"]');
    await redis.hdel(`${prefix}traces`, 'attempts');
    await redis.unlink(`${prefix}attempts`);
    statistics.recordAttempt(attempt);
    await expectTotals(statistics, 1, { total: 2 });
    const entries = await redis.lrange(list, 0, -1);
    expect(entries).toHaveLength(3);
    const size = entries.reduce((sum, entry) => sum + entry.length + 6, 300);
    expect(await redis.hget(`${prefix}traces`, 'attempts')).toBe(String(size));
    await statistics.close();
  });
});

describe('attempts and traces in a Redis of their own', () => {
  let proxy: TcpProxy;
  beforeAll(async () => (proxy = await openTcpProxy(place.redisUrl)));
  afterAll(() => proxy.close());

  it('are missing while it is away, and counters go on', async () => {
    const prefix = `${place.redisPrefix}${crypto.randomUUID()}:`;
    const statistics = open(place.redisUrl, prefix, { tracesUrl: proxy.url });
    const [step] = storyOf('0', 'e1');
    statistics.recordStep(step!);
    await expectTrace(statistics, [step!]);

    proxy.refuse();
    proxy.cut();
    await waitFor(
      () =>
        statistics.trace('0', 'e1').then(
          () => false,
          () => true,
        ),
      { what: 'the connection to break' },
    );
    statistics.recordAttempt(attemptOf(1));
    await expectTotals(statistics, 1, { total: 1 });
    await expect(statistics.attempts(1, { limit: 1 })).rejects.toThrow();

    proxy.accept();
    const attempts = () => statistics.attempts(1, { limit: 1 }).catch(() => []);
    await waitFor(async () => (await attempts()).length === 1, { what: 'the attempt' });
    await statistics.close();
  });
});
