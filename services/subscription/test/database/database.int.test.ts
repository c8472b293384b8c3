import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { undeliveredReasons } from '@callbus/contracts/deliveries/undelivered';
import { isolate, type Place } from '@callbus/testing/isolate';
import { createPool, inTransaction, isDatabaseAway, type Pool } from '../../src/database/pool.js';
import { migrate } from '../../src/database/migrate.js';
import { silent } from '../support/open-service.js';

const migrations = readdirSync(new URL('../../migrations/', import.meta.url)).toSorted();

let place: Place;
let pools: Pool[];
beforeAll(async () => {
  place = await isolate({ database: true });
  pools = Array.from({ length: 4 }, () => createPool({ url: place.databaseUrl, logger: silent }));
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await place.cleanUp();
});

test('replicas that start at once on an empty database migrate it once', async () => {
  await Promise.all(pools.map((pool) => migrate({ pool, logger: silent })));
  const { rows } = await pools[0]!.query<{ name: string }>('SELECT name FROM migrations');
  expect(rows.map(({ name }) => `${name}.sql`)).toEqual(migrations);
  for (const pool of pools) expect((await pool.query('SELECT FROM subscriptions')).rowCount).toBe(0);
});

test('a later start changes nothing', async () => {
  const [pool] = pools;
  await migrate({ pool: pool!, logger: silent });
  expect((await pool!.query('SELECT FROM migrations')).rowCount).toBe(migrations.length);
});

const definitionOfReasons = `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
  WHERE conname = 'undelivered_reason_check'`;

test('the database accepts every reason of the contracts, and those that a newer version added', async () => {
  const [pool] = pools;
  const allowed = async () => {
    const { rows } = await pool!.query<{ definition: string }>(definitionOfReasons);
    return [...rows[0]!.definition.matchAll(/'(\w+)'/g)].map(([, reason]) => reason);
  };
  expect(await allowed()).toEqual(undeliveredReasons);
  await pool!.query(`ALTER TABLE undelivered DROP CONSTRAINT undelivered_reason_check,
    ADD CONSTRAINT undelivered_reason_check CHECK (reason IN ('exhausted', 'newer'))`);
  await migrate({ pool: pool!, logger: silent });
  expect(await allowed()).toEqual(expect.arrayContaining(['newer', ...undeliveredReasons]));
});

test('a transaction fails when its connection breaks between two queries, and the pool stays usable', async () => {
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

test('a database that refuses the role counts as away, because its password may just be replaced', async () => {
  const url = new URL(place.databaseUrl);
  url.username = 'a-role-that-may-not-log-in';
  const pool = createPool({ url: url.href, logger: silent });
  const error: unknown = await pool.query('SELECT').catch((reason: unknown) => reason);
  await pool.end();
  expect(isDatabaseAway(error)).toBe(true);
});

test('times are read correctly with any DateStyle of the database', async () => {
  const [pool] = pools;
  const name = new URL(place.databaseUrl).pathname.slice(1);
  await pool!.query(`ALTER DATABASE "${name}" SET datestyle = 'SQL, DMY'`);
  const late = createPool({ url: place.databaseUrl, logger: silent });
  try {
    const { rows } = await late.query<{ at: Date }>(`SELECT timestamptz '2026-01-31T08:00:00.5Z' AS at`);
    expect(rows).toEqual([{ at: new Date('2026-01-31T08:00:00.500Z') }]);
  } finally {
    await late.end();
    await pool!.query(`ALTER DATABASE "${name}" RESET datestyle`);
  }
});
