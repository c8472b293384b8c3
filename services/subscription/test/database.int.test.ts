import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@callbus/runtime/logger';
import { isolate, type Place } from '@callbus/testing/isolate';
import { createPool, inTransaction, isDatabaseAway, type Pool } from '../src/database.js';
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
  expect(rows.map(({ name }) => name)).toEqual([
    '0001_subscriptions-and-undelivered',
    '0002_replays',
    '0003_secrets-and-disabled-reason',
    '0004_bytes-of-subscriptions',
  ]);
  for (const pool of pools) expect((await pool.query('SELECT FROM subscriptions')).rowCount).toBe(0);
});

test('a later start changes nothing', async () => {
  const [pool] = pools;
  await migrate({ pool: pool!, logger });
  expect((await pool!.query('SELECT FROM migrations')).rowCount).toBe(4);
});

test('a transaction whose connection breaks between two queries fails, and the process lives on', async () => {
  const [pool, other] = pools;
  const broken = inTransaction(pool!, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const gone = once(client, 'end');
    await other!.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    await gone;
  });
  const error: unknown = await broken.catch((reason: unknown) => reason);
  expect(isDatabaseAway(error)).toBe(true);
  expect((await pool!.query('SELECT FROM subscriptions')).rowCount).toBe(0);
});
