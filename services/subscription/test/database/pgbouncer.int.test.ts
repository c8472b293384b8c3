import { isolate, type Place } from '@callbus/testing/isolate';
import { startPrivatePgbouncer } from '@callbus/testing/servers/private-pgbouncer';
import type { PrivateServer } from '@callbus/testing/servers/private-server';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool } from '../../src/database/pool.js';
import { migrate } from '../../src/database/migrate.js';
import { create, sample, subscribe, success } from '../support/call.js';
import { openService, silent, type OpenService } from '../support/open-service.js';

describe.each(['session', 'transaction'] as const)('behind PgBouncer with pool_mode=%s', (mode) => {
  let place: Place;
  let pgbouncer: PrivateServer;
  let service: OpenService;
  beforeAll(async () => {
    place = await isolate({ database: true });
    pgbouncer = await startPrivatePgbouncer(place.databaseUrl, mode);
    service = await openService({ databaseUrl: pgbouncer.url });
    // The first run on a machine installs PgBouncer.
  }, 120_000);
  afterAll(async () => {
    await service.close();
    await pgbouncer.remove();
    await place.cleanUp();
  });

  test('subscriptions are created, changed, searched and deleted', async () => {
    const { call } = service;
    const id = await create(call);
    const one = `${subscribe}/0/2/${id}`;
    expect(await call(`PUT ${one}`, { ...sample, timeout: 5 })).toMatchObject({ status: 200 });
    const found = await call(`POST ${subscribe}/search/0/2`);
    expect(found).toMatchObject({ status: 200, body: { data: { count: 1, info: [{ timeout: 5 }] } } });
    expect(await call(`GET ${one}/undelivered`)).toMatchObject({ status: 200, body: success({ count: 0, info: [] }) });
    expect(await call(`DELETE ${one}`)).toMatchObject({ status: 200, body: success('success') });
  });

  test('many concurrent calls share the connections', async () => {
    const { call } = service;
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, n) => create(call, { subscription_name: `at once ${n}` })),
    );
    const deleted = await Promise.all(ids.map((id) => call(`DELETE ${subscribe}/0/2/${id}`)));
    expect(new Set(deleted.map(({ status }) => status))).toEqual(new Set([200]));
  });

  test('a start leaves no lock behind', async () => {
    for (let start = 0; start < 3; start += 1) {
      const pools = Array.from({ length: 3 }, () => createPool({ url: pgbouncer.url, logger: silent }));
      await Promise.all(pools.map((pool) => migrate({ pool, logger: silent })));
      await Promise.all(pools.map((pool) => pool.end()));
    }
    const locks = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database
      WHERE datname = current_database())`;
    await waitFor(async () => (await service.pool.query(locks)).rowCount === 0, { what: 'no advisory lock' });
  });

  test('a statement has a time-out', async () => {
    const { rows } = await service.pool.query<{ statement_timeout: string }>('SHOW statement_timeout');
    expect(rows).toEqual([{ statement_timeout: '3s' }]);
  });
});
