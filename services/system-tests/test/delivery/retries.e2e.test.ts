import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { ReceiverOptions } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { openSystem, type System } from '../support/system.js';

const answer: ReceiverOptions['answer'] = ({ path, headers }) => {
  const attempt = Number(headers['x-callbus-attempt']);
  if (path === '/fails-twice') return attempt < 3 ? { status: 503 } : { status: 200 };
  if (path === '/never') return { status: 500, body: 'never, ever' };
  return { status: 418, body: path === '/matches' ? `${'a'.repeat(50_000)} ok` : 'a'.repeat(50_000) + '!' };
};

let system: System;

beforeAll(async () => {
  system = await openSystem({ answer });
}, 60_000);
afterAll(() => system.close());

const callsTo = (path: string) => system.receiver.requests.filter((request) => request.path === path);
const subscribe = (name: string, fields: Record<string, unknown> = {}) =>
  system.client.subscribe({
    subscription_name: name,
    callback_url: `${system.receiver.url}/${name}`,
    subscription_form: 'it.happened',
    ...fields,
  });

test('a delivery is retried at the delays of the schedule until it is confirmed, and given up after max_attempts', async () => {
  const failsTwice = await subscribe('fails-twice');
  const never = await subscribe('never', { max_attempts: 2 });
  const matches = await subscribe('matches', { confirm_mode: 'regular', confirm_pattern: 'ok$' });
  const catastrophic = await subscribe('catastrophic', {
    confirm_mode: 'regular',
    confirm_pattern: '^(a+)+$',
    max_attempts: 1,
  });
  const eventId = await system.client.publishEtc({ event_key: 'it.happened', changes: ['世界 😀'] });

  await waitFor(() => callsTo('/fails-twice').length === 3, { what: 'the third call', timeoutMs: 80_000 });
  const times = callsTo('/fails-twice').map(({ at }) => at);
  const delays = [times[1]! - times[0]!, times[2]! - times[1]!];
  expect(delays[0]).toBeGreaterThanOrEqual(4_900);
  // The next longer retry tier has 30 s.
  expect(delays[0]).toBeLessThan(30_000);
  expect(delays[1]).toBeGreaterThanOrEqual(59_900);
  expect(callsTo('/fails-twice').map(({ headers }) => headers['x-callbus-attempt'])).toEqual(['1', '2', '3']);
  expect(new Set(callsTo('/fails-twice').map(({ headers }) => headers['webhook-id'])).size).toBe(1);

  await waitFor(async () => (await system.client.statistics()).get(failsTwice)?.total === 3, {
    what: 'the third attempt’s count',
  });
  const statistics = await system.client.statistics();
  expect([failsTwice, never, matches, catastrophic].map((id) => statistics.get(id))).toEqual([
    { total: 3, failure: 2 },
    { total: 2, failure: 2 },
    { total: 1, failure: 0 },
    { total: 1, failure: 1 },
  ]);

  // No third call came in the minute after the second one.
  expect(callsTo('/never')).toHaveLength(2);
  const database = new pg.Client(system.place.databaseUrl);
  await database.connect();
  const { rows } = await database.query<{
    reason: string;
    attempts: number;
    last_status: number;
    last_answer: string;
    body: Buffer;
  }>('SELECT reason, attempts::int, last_status, last_answer, body FROM undelivered WHERE subscription_id = $1', [
    never,
  ]);
  await database.end();
  expect(rows).toMatchObject([{ reason: 'exhausted', attempts: 2, last_status: 500, last_answer: 'never, ever' }]);
  expect(JSON.parse(rows[0]!.body.toString())).toMatchObject({ id: eventId, data: { changes: ['世界 😀'] } });
}, 120_000);
