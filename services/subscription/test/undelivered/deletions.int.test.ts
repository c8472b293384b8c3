import { createLogger } from '@callbus/runtime/observability/logger';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { runDeletions } from '../../src/undelivered/run-deletions.js';
import { create, createCall, success, type Call } from '../support/call.js';
import { openService, type OpenService } from '../support/open-service.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const subscribe = '/api/v3/event/subscribe';

let service: OpenService;
let call: Call;
let subscription: number;
beforeAll(async () => {
  service = await openService();
  call = createCall(service.url);
});
afterAll(() => service.close());
beforeEach(async () => {
  subscription = await create(call, { subscription_name: `of ${Date.now()}` });
});

async function insertUndelivered(count: number): Promise<void> {
  await service.pool.query(
    `INSERT INTO undelivered (subscription_id, account, identity, headers, body, reason, attempts, received_at, failed_at)
     SELECT $1, '0', 'number ' || n, '{}', '{}', 'exhausted', 10, now(), now() FROM generate_series(1, $2::integer) AS n`,
    [subscription, count],
  );
}

interface Left {
  rows: number;
  deletions: number;
  counted: number;
  counts: number;
}

async function left(): Promise<Left> {
  const { rows } = await service.pool.query<Left>(
    `SELECT (SELECT count(*) FROM undelivered) AS rows, (SELECT count(*) FROM deletions) AS deletions,
       (SELECT coalesce(sum(events), 0)::bigint FROM undelivered_counts) AS counted,
       (SELECT count(*) FROM undelivered_counts_of_subscriptions) AS counts`,
  );
  return rows[0]!;
}

const nothing = { rows: 0, deletions: 0, counted: 0, counts: 0 };

test('a deletion tells how many undelivered events go with it, and they go', async () => {
  await insertUndelivered(5_000);
  const answer = await call(`DELETE ${subscribe}/0/2/${subscription}`);
  expect(answer).toMatchObject({ status: 200, body: { ...success('success'), dropped: 5_000 } });
  expect(await call(`GET ${subscribe}/0/2/${subscription}/undelivered`)).toMatchObject({ status: 404 });
  await waitFor(async () => (await left()).deletions === 0, { what: 'the end of the deletion' });
  expect(await left()).toEqual(nothing);
});

test('a deletion without any says so', async () => {
  const answer = await call(`DELETE ${subscribe}/0/2/${subscription}`);
  expect(answer).toMatchObject({ status: 200, body: { ...success('success'), dropped: 0 } });
});

test('rows that a process of an older version, or one that was killed, left behind are deleted by the next', async () => {
  await insertUndelivered(10);
  // As long as another process has the deletion, this one leaves it alone.
  const other = await service.pool.connect();
  await other.query('BEGIN');
  await other.query('DELETE FROM subscriptions WHERE id = $1', [subscription]);
  await other.query('COMMIT; BEGIN');
  await other.query('SELECT FROM deletions FOR UPDATE');
  other.release(true);
  const another = runDeletions({ pool: service.pool, logger });
  await waitFor(async () => (await left()).deletions === 0, { what: 'the end of the deletion' });
  await another.stop();
  expect(await left()).toEqual(nothing);
});

test('nothing is stored for a subscription that is gone', async () => {
  await call(`DELETE ${subscribe}/0/2/${subscription}`);
  await expect(insertUndelivered(1)).rejects.toMatchObject({ code: '23503' });
});
