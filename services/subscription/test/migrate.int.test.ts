import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@callbus/runtime/logger';
import { isolate, type Place } from '@callbus/testing/isolate';
import { createPool, type Pool } from '../src/database.js';
import { migrate } from '../src/migrate.js';

const logger = createLogger({ service: 'test', level: 'silent' });

let place: Place;
let pools: Pool[];
beforeAll(async () => {
  place = await isolate({ database: true });
  pools = Array.from({ length: 4 }, () => createPool({ url: place.databaseUrl, logger }));
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await place.cleanUp();
});

test('replicas that start at once on an empty database all find it migrated, once', async () => {
  await Promise.all(pools.map((pool) => migrate({ pool, logger })));
  const { rows } = await pools[0]!.query<{ name: string }>('SELECT name FROM migrations');
  expect(rows).toEqual([{ name: '0001_subscriptions-and-undelivered' }]);
  for (const pool of pools) expect((await pool.query('SELECT FROM subscriptions')).rowCount).toBe(0);
});

test('a later start changes nothing, and leaves requests their time limit', async () => {
  const [pool] = pools;
  await migrate({ pool: pool!, logger });
  expect((await pool!.query('SELECT FROM migrations')).rowCount).toBe(1);
  expect((await pool!.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '3s' }]);
});
