import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { createRedisSurvivals } from '../src/survivals.js';

const logger = pino({ level: 'silent' });
const clients: Redis[] = [];
let place: Awaited<ReturnType<typeof isolate>>;

beforeAll(async () => {
  place = await isolate();
});
afterAll(async () => {
  clients.forEach((redis) => redis.disconnect());
  await place.cleanUp();
});

function open(redis = new Redis(place.redisUrl)) {
  clients.push(redis);
  const counts = new Map<string, number>();
  const local = {
    note: (keys: readonly string[]) => keys.forEach((key) => counts.set(key, (counts.get(key) ?? 0) + 1)),
    takeBack: (key: string) => Promise.resolve(void counts.set(key, (counts.get(key) ?? 0) - 1)),
    countOf: (key: string) => Promise.resolve(counts.get(key) ?? 0),
  };
  return createRedisSurvivals({ redis, prefix: place.redisPrefix, local, logger });
}

test('all processes know the survivals that one of them notes', async () => {
  const [one, other] = [open(), open()];
  one.note(['shared', 'more']);
  other.note(['shared']);
  await waitFor(async () => (await one.countOf('shared')) === 2 && (await other.countOf('shared')) === 2, {
    what: 'the count of both',
  });
  expect(await other.countOf('more')).toBe(1);
  expect(await other.countOf('never')).toBe(0);
  await one.takeBack('shared');
  expect(await other.countOf('shared')).toBe(1);
});

test('a process without Redis knows its own survivals', async () => {
  const away = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null });
  away.on('error', () => undefined);
  const alone = open(away);
  alone.note(['own']);
  expect(await alone.countOf('own')).toBe(1);
});
