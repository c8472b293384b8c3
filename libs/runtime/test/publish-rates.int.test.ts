import { expect, test } from '@jest/globals';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createLogger } from '../src/observability/logger.js';
import { createMemoryPublishRates, createRedisPublishRates, type PublishRates } from '../src/redis/publish-rates.js';
import { connectRedis } from '../src/redis/redis.js';

const bound = { events: 50_000, bytes: 1_000_000 };

interface Place {
  /** As another process has it. */
  readonly open: (now: () => number) => PublishRates;
  readonly close: () => Promise<void>;
}

test.each<[where: string, open: () => Promise<Place>]>([
  [
    'memory',
    () => {
      let rates: PublishRates | undefined;
      return Promise.resolve({
        open: (now) => (rates ??= createMemoryPublishRates({ now })),
        close: () => Promise.resolve(),
      });
    },
  ],
  [
    'Redis',
    async () => {
      const place = await isolate();
      const redis = connectRedis({ url: place.redisUrl, logger: createLogger({ service: 'test', level: 'silent' }) });
      await waitFor(() => redis.status === 'ready', { what: 'Redis' });
      return {
        open: (now) => createRedisPublishRates({ redis, prefix: place.redisPrefix, now }),
        async close() {
          redis.disconnect();
          await place.cleanUp();
        },
      };
    },
  ],
])('what all processes publish for an account within a minute is told by the second, by way of %s', async (_, open) => {
  const place = await open();
  let now = 1_000_000_000_000;
  const [one, other, asked] = [1, 2, 3].map(() => place.open(() => now)) as [PublishRates, PublishRates, PublishRates];
  expect(await asked.ask('busy')).toBeUndefined();

  for (let second = 0; second < 70; second += 5) {
    await one.tell(new Map([['busy', { events: 50, bytes: 5_000 }]]), bound);
    await other.tell(
      new Map([
        ['busy', { events: 10, bytes: 500 }],
        ['events', { events: 1, bytes: 1 }],
      ]),
      bound,
    );
    now += 5_000;
  }
  expect(await asked.ask('busy')).toEqual({ used: { events: 12, bytes: 1_100 }, bound });
  expect(await asked.ask('quiet')).toEqual({ used: { events: 0, bytes: 0 }, bound });

  now += 40_000;
  await one.tell(new Map(), bound);
  now += 10_000;
  expect(await asked.ask('busy')).toEqual({ used: { events: 2, bytes: 1_100 / 6 }, bound });
  now += 60_000;
  await one.tell(new Map(), bound);
  now += 10_000;
  expect(await asked.ask('busy')).toMatchObject({ used: { events: 0, bytes: 0 } });
  await place.close();
});
