import { expect, test } from '@jest/globals';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createLogger } from '../src/observability/logger.js';
import { createMemoryPublishRates, createRedisPublishRates, type PublishRates } from '../src/redis/publish-rates.js';
import { connectRedis } from '../src/redis/redis.js';

const limit = { events: 50_000, bytes: 1_000_000 };

interface Store {
  /** Opens the rates as another process does. */
  readonly open: (now: () => number) => PublishRates;
  readonly close: () => Promise<void>;
}

test.each<[store: string, open: () => Promise<Store>]>([
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
])(
  'in %s the rates of an account are averages per second over a minute, of all processes together',
  async (_, open) => {
    const store = await open();
    let now = 1_000_000_000_000;
    const [one, other, reader] = [1, 2, 3].map(() => store.open(() => now)) as [
      PublishRates,
      PublishRates,
      PublishRates,
    ];
    expect(await reader.read('busy')).toBeUndefined();

    for (let second = 0; second < 70; second += 5) {
      await one.add(new Map([['busy', { events: 50, bytes: 5_000 }]]), limit);
      await other.add(
        new Map([
          ['busy', { events: 10, bytes: 500 }],
          ['events', { events: 1, bytes: 1 }],
        ]),
        limit,
      );
      now += 5_000;
    }
    expect(await reader.read('busy')).toEqual({ used: { events: 12, bytes: 1_100 }, limit });
    expect(await reader.read('quiet')).toEqual({ used: { events: 0, bytes: 0 }, limit });

    now += 40_000;
    await one.add(new Map(), limit);
    now += 10_000;
    expect(await reader.read('busy')).toEqual({ used: { events: 2, bytes: 1_100 / 6 }, limit });
    now += 60_000;
    await one.add(new Map(), limit);
    now += 10_000;
    expect(await reader.read('busy')).toMatchObject({ used: { events: 0, bytes: 0 } });
    await store.close();
  },
);
