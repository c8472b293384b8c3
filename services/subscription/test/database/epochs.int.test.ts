import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SubscriptionPage } from '@callbus/contracts/subscriptions/subscription';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { isolate } from '@callbus/testing/isolate';
import { startPostgresPair, type PostgresPair } from '@callbus/testing/servers/private-postgres';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { waitFor } from '@callbus/testing/wait-for';
import { createPool } from '../../src/database/pool.js';
import { createEpochs, type Epochs } from '../../src/database/epochs.js';
import { migrate } from '../../src/database/migrate.js';
import { createRedisRevisionMemory } from '@callbus/runtime/redis/revision-memory';
import { create, failure, sample, subscribe, type Call } from '../support/call.js';
import { openService, silent, useService, workers, type OpenService } from '../support/open-service.js';

async function list(call: Call): Promise<SubscriptionPage> {
  const { status, body } = await call('GET /internal/subscriptions', undefined, workers);
  expect(status).toBe(200);
  return body as SubscriptionPage;
}

describe('a database', () => {
  const service = useService();
  const { call } = service;
  beforeEach(() => service.pool.query('DELETE FROM subscriptions'));

  test('stays in its epoch without a restore or promotion', async () => {
    const ids = [await create(call), await create(call, { subscription_name: 'second' })];
    const [first, second] = [await list(call), await list(call)];
    expect(first.epoch).toBeGreaterThan(Date.parse('2020-01-01'));
    expect(second.epoch).toBe(first.epoch);
    expect(ids[1]).toBe(ids[0]! + 1);
  });

  test('that is restored in place begins a new epoch with new revisions, and assigns no id twice', async () => {
    const old = await create(call);
    const { pool } = service;
    const backup = await pool.query<{ revision: number; revisions: number; ids: number }>(
      `SELECT revision, (SELECT last_value FROM revisions) AS revisions, (SELECT last_value FROM subscriptions_id_seq) AS ids
       FROM subscriptions`,
    );
    const [{ revision, revisions, ids }] = backup.rows as [(typeof backup.rows)[0]];
    const lost: number[] = [];
    for (const name of ['lost 1', 'lost 2', 'lost 3']) lost.push(await create(call, { subscription_name: name }));
    await call(`PUT ${subscribe}/0/2/${old}`, { ...sample, timeout: 20 });
    const before = await list(call);

    await pool.query('DELETE FROM subscriptions WHERE id = ANY ($1)', [lost]);
    await pool.query('UPDATE subscriptions SET revision = $1, timeout_s = 10', [revision]);
    await pool.query(`SELECT setval('revisions', $1), setval('subscriptions_id_seq', $2)`, [revisions, ids]);
    const young = await create(call, { subscription_name: 'young' });
    expect(lost).not.toContain(young);
    const after = await list(call);
    expect(after.epoch).toBeGreaterThan(before.epoch!);
    const highest = Math.max(...before.subscriptions.map((each) => each.revision));
    expect(after.subscriptions.map(({ id }) => id)).toEqual([old, young]);
    for (const each of after.subscriptions) expect(each.revision).toBeGreaterThan(highest);
    expect(after.subscriptions[0]).toMatchObject({ timeoutMs: 10_000 });
    await waitFor(() => service.changes.at(-1)?.epoch === after.epoch, { what: 'the announcement' });
  });

  test('that is restored on another server begins one epoch, although several processes notice it at once', async () => {
    const old = await create(call);
    const { revision } = (await list(call)).subscriptions[0]!;
    const { rows } = await service.pool.query<{ epoch: number }>(
      `UPDATE database_epoch SET place = 'another' RETURNING epoch`,
    );
    const pools = [1, 2, 3].map(() => createPool({ url: service.databaseUrl, logger: silent }));
    const epochs = pools.flatMap((pool) => {
      const each = createEpochs({ pool, logger: silent });
      return [1, 2, 3].map(() => each.inEpoch((_client, epoch) => Promise.resolve(epoch)));
    });
    const [epoch, ...others] = [...new Set(await Promise.all(epochs))];
    expect(others).toEqual([]);
    expect(epoch).toBeGreaterThan(rows[0]!.epoch);
    await Promise.all(pools.map((pool) => pool.end()));
    const page = await list(call);
    expect(page).toMatchObject({ epoch, subscriptions: [{ id: old }] });
    expect(page.subscriptions[0]!.revision).toBeGreaterThan(revision);
    expect(await create(call, { subscription_name: 'young' })).toBeGreaterThan(old + 1_000);
  });
});

test('a backup that was restored in place while no process ran is noticed by the revision in Redis', async () => {
  const place = await isolate({ database: true });
  const redis = connectRedis({ url: place.redisUrl, logger: silent });
  await waitFor(() => redis.status === 'ready', { what: 'Redis' });
  const pool = createPool({ url: place.databaseUrl, logger: silent });
  await migrate({ pool, logger: silent });
  const memory = createRedisRevisionMemory({ redis, prefix: place.redisPrefix });
  const start = () => createEpochs({ pool, memory, logger: silent });
  const epochOf = (epochs: Epochs) => epochs.inEpoch((_client, epoch) => Promise.resolve(epoch));

  const before = start();
  const epoch = await epochOf(before);
  await pool.query(`SELECT setval('revisions', 100)`);
  expect(await epochOf(before)).toBe(epoch);
  await waitFor(async () => (await memory.remember(0)) === 100, { what: 'the revision in Redis' });
  expect(await epochOf(start())).toBe(epoch);

  await pool.query(`SELECT setval('revisions', 90)`);
  const after = await epochOf(start());
  expect(after).toBeGreaterThan(epoch);
  expect(await epochOf(start())).toBe(after);
  redis.disconnect();
  await pool.end();
  await place.cleanUp();
});

describe('a standby at the address of its primary', () => {
  let replication: TcpProxy;
  let pair: PostgresPair;
  let address: TcpProxy;
  let service: OpenService;
  let call: Call;
  let old: number;
  beforeAll(async () => {
    pair = await startPostgresPair(async (url) => (replication = await openTcpProxy(url)).url);
    address = await openTcpProxy(pair.primary.url);
    service = await openService({ databaseUrl: address.url });
    call = service.call;
    old = await create(call);
  }, 60_000);
  afterAll(async () => {
    await service.close();
    await Promise.all([address.close(), replication.close()]);
    await pair.remove();
  });

  test('is not read, and after its promotion assigns no id that only the primary knew', async () => {
    const known = createPool({ url: pair.standby.url, logger: silent });
    await expect(known.query('SELECT')).rejects.toThrow('takes no changes');
    await known.end();
    await pair.standby.pause();
    const lost = await create(call, { subscription_name: 'lost' });
    const before = await list(call);
    address.pointTo(pair.standby.url);
    for (const [line, code, message] of [
      [`POST ${subscribe}/0/2`, 1103000, '新增订阅失败'],
      [`POST ${subscribe}/search/0/2`, 1103002, '查询订阅失败'],
      [`GET ${subscribe}/0/2/${old}/undelivered`, 1103007, '查询或删除未送达事件失败'],
    ] as const)
      expect(
        await call(line, line.startsWith('GET') ? undefined : { ...sample, subscription_name: 'other' }),
      ).toMatchObject({
        status: 503,
        body: line.includes('search') ? expect.anything() : failure(code, message),
        headers: { 'retry-after': '5' },
      });
    for (const path of ['', `/${old}`, `/${lost}`])
      expect(await call(`GET /internal/subscriptions${path}`, undefined, workers)).toMatchObject({ status: 503 });

    replication.fallSilent();
    await pair.primary.kill();
    await pair.standby.promote();
    await waitFor(async () => (await call('GET /internal/subscriptions', undefined, workers)).status === 200, {
      what: 'answers from the promoted server',
    });
    const after = await list(call);
    expect(after.epoch).toBeGreaterThan(before.epoch!);
    expect(await create(call, { subscription_name: 'young' })).toBeGreaterThan(lost + 1_000);
  });
});
