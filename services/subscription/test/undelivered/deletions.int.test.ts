import { waitFor } from '@callbus/testing/wait-for';
import { beforeEach, expect, test } from '@jest/globals';
import { runDeletions } from '../../src/undelivered/run-deletions.js';
import { create, subscribe, success } from '../support/call.js';
import { silent, useService } from '../support/open-service.js';
import { addUndelivered } from '../support/undelivered-rows.js';

const service = useService();
const { call } = service;
let subscription: number;
beforeEach(async () => {
  subscription = await create(call, { subscription_name: `of ${Date.now()}` });
});

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

test('the deletion of a subscription answers how many undelivered events it drops, and deletes them', async () => {
  await addUndelivered(service.pool, subscription, { count: 5_000 });
  const answer = await call(`DELETE ${subscribe}/0/2/${subscription}`);
  expect(answer).toMatchObject({ status: 200, body: { ...success('success'), dropped: 5_000 } });
  expect(await call(`GET ${subscribe}/0/2/${subscription}/undelivered`)).toMatchObject({ status: 404 });
  await waitFor(async () => (await left()).deletions === 0, { what: 'the end of the deletion' });
  expect(await left()).toEqual(nothing);
});

test('the deletion of a subscription without undelivered events drops none', async () => {
  const answer = await call(`DELETE ${subscribe}/0/2/${subscription}`);
  expect(answer).toMatchObject({ status: 200, body: { ...success('success'), dropped: 0 } });
});

test('rows of a deletion that another process began are deleted when that process is gone', async () => {
  await addUndelivered(service.pool, subscription, { count: 10 });
  // A process that holds the deletion, until its connection is closed.
  const other = await service.pool.connect();
  await other.query('BEGIN');
  await other.query('DELETE FROM subscriptions WHERE id = $1', [subscription]);
  await other.query('COMMIT; BEGIN');
  await other.query('SELECT FROM deletions FOR UPDATE');
  other.release(true);
  const another = runDeletions({ pool: service.pool, logger: silent });
  await waitFor(async () => (await left()).deletions === 0, { what: 'the end of the deletion' });
  await another.stop();
  expect(await left()).toEqual(nothing);
});

test('no event is stored for a deleted subscription', async () => {
  await call(`DELETE ${subscribe}/0/2/${subscription}`);
  await expect(addUndelivered(service.pool, subscription, { count: 1 })).rejects.toMatchObject({ code: '23503' });
});
