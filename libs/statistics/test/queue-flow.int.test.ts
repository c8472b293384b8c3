import { afterAll, expect, test } from '@jest/globals';
import { createLogger } from '@callbus/runtime/observability/logger';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createMemoryQueueFlow, createRedisQueueFlow, type QueueFlow } from '../src/queue-flow.js';

const place = await isolate();
const logger = createLogger({ service: 'test', level: 'silent' });
const redises = [1, 2].map(() => connectRedis({ url: place.redisUrl, logger }));
const [one, other] = redises.map((redis) => createRedisQueueFlow({ redis, prefix: place.redisPrefix, logger }));
const memory = createMemoryQueueFlow();
await waitFor(() => redises.every(({ status }) => status === 'ready'), { what: 'redis' });

afterAll(async () => {
  for (const flow of [one!, other!, memory]) flow.close();
  for (const redis of redises) redis.disconnect();
  await place.cleanUp();
});

async function expectStory(flows: readonly QueueFlow[]) {
  const [first, last] = [flows[0]!, flows.at(-1)!];
  first.passed('events');
  first.passed('events');
  last.passed('events');
  last.passed('retry.1h');
  last.refused('retry.1h');
  first.accepted(16);
  last.accepted(1);
  first.refused('retry.1h');
  first.reached('events', 2_000);
  last.reached('events', 3_000);
  first.reached('events', 1_000);

  await waitFor(async () => (await last.read()).passed.get('events') === 3, { what: 'what both have counted' });
  const { passed, refused, accepted, reached } = await first.read();
  expect(Object.fromEntries(passed)).toEqual({ events: 3, 'retry.1h': 1 });
  expect(Object.fromEntries(refused)).toEqual({ 'retry.1h': 2 });
  expect(accepted).toEqual({ messages: 2, events: 17 });
  expect(Object.fromEntries(reached)).toEqual({ events: 3_000 });
}

test('processes that share a Redis add up their counts', () => expectStory([one!, other!]));
test('a process without Redis has its own counts', () => expectStory([memory]));

test('every key expires', async () => {
  await one!.read();
  const redis = redises[0]!;
  const keys = await redis.keys(`${place.redisPrefix}flow:*`);
  expect(keys.length).toBeGreaterThanOrEqual(2);
  for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(0);
});
