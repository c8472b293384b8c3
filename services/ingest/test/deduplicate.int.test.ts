import { connectRedis } from '@callbus/runtime/redis';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createMemoryDeduplicate, createRedisDeduplicate, type Deduplicate } from '../src/deduplicate.js';
import { silent } from './doors.js';
import { openRedisProxy } from './redis-proxy.js';

const windowS = 1;
let place: Place;
let redis: Redis;

beforeAll(async () => {
  place = await isolate();
  redis = connectRedis({ url: place.redisUrl, logger: silent });
  await waitFor(() => redis.status === 'ready', { what: 'Redis' });
});
afterAll(async () => {
  redis.disconnect();
  await place.cleanUp();
});

describe.each(['Redis', 'memory'])('in %s', (kind) => {
  let deduplicate: Deduplicate;
  beforeAll(() => {
    deduplicate =
      kind === 'memory'
        ? createMemoryDeduplicate({ windowS, now: Date.now })
        : createRedisDeduplicate({ redis, prefix: place.redisPrefix, windowS, logger: silent });
  });

  test('knows what it was told to remember', async () => {
    expect(await deduplicate.published(['a', 'b'])).toEqual(new Set());
    await deduplicate.remember(['a', 'c']);
    expect(await deduplicate.published(['a', 'b', 'c'])).toEqual(new Set(['a', 'c']));
    expect(await deduplicate.published([])).toEqual(new Set());
  });

  test('forgets it after the window', async () => {
    await deduplicate.remember(['short']);
    expect(await deduplicate.published(['short'])).toEqual(new Set(['short']));
    await waitFor(async () => (await deduplicate.published(['short'])).size === 0, { what: 'the end of the window' });
  });
});

test('keys are kept under the prefix for the window', async () => {
  const deduplicate = createRedisDeduplicate({ redis, prefix: place.redisPrefix, windowS: 600, logger: silent });
  await deduplicate.remember(['x']);
  const ttl = await redis.ttl(`${place.redisPrefix}seen:x`);
  expect(ttl).toBeGreaterThan(590);
  expect(ttl).toBeLessThanOrEqual(600);
});

describe('a Redis that goes', () => {
  let proxy: Awaited<ReturnType<typeof openRedisProxy>>;
  let connection: Redis;
  let deduplicate: Deduplicate;

  beforeAll(async () => {
    proxy = await openRedisProxy(place.redisUrl);
    connection = connectRedis({ url: proxy.url, logger: silent, commandTimeoutMs: 150 });
    await waitFor(() => connection.status === 'ready', { what: 'Redis behind the proxy' });
    deduplicate = createRedisDeduplicate({
      redis: connection,
      prefix: place.redisPrefix,
      windowS: 600,
      logger: silent,
    });
    await deduplicate.remember(['away']);
  });
  afterAll(async () => {
    connection.disconnect();
    await proxy.goAway();
  });

  const publishingTakesMs = async () => {
    const start = performance.now();
    expect(await deduplicate.published(['away'])).toEqual(new Set());
    await deduplicate.remember(['away']);
    return performance.now() - start;
  };

  test('silent: nothing is a repeat, within 200 ms', async () => {
    expect(await deduplicate.published(['away'])).toEqual(new Set(['away']));
    proxy.beSilent();
    expect(await publishingTakesMs()).toBeLessThan(200);
  });

  test('away: nothing is a repeat, at once', async () => {
    await proxy.goAway();
    await waitFor(() => connection.status !== 'ready', { what: 'the end of the connection' });
    expect(await publishingTakesMs()).toBeLessThan(50);
  });

  test('back: repeats are known again', async () => {
    await proxy.comeBack();
    await waitFor(() => connection.status === 'ready', { what: 'the new connection' });
    expect(await deduplicate.published(['away', 'never'])).toEqual(new Set(['away']));
  });
});
