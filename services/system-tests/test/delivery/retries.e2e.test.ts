import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../support/bus-client.js';
import { startBus, type BusProcesses } from '../support/bus-processes.js';

let place: Place;
let bus: BusProcesses;
let receiver: Receiver;
let client: ReturnType<typeof createBusClient>;

beforeAll(async () => {
  place = await isolate({ database: true });
  bus = await startBus(place);
  receiver = await openReceiver({
    answer: ({ path, headers }) => {
      const attempt = Number(headers['x-callbus-attempt']);
      if (path === '/fails-twice') return attempt < 3 ? { status: 503 } : { status: 200 };
      if (path === '/never') return { status: 500, body: 'never, ever' };
      return { status: 418, body: path === '/matches' ? `${'a'.repeat(50_000)} ok` : 'a'.repeat(50_000) + '!' };
    },
  });
  client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });
}, 60_000);

afterAll(async () => {
  expect(await bus.stop()).toEqual([0, 0, 0]);
  await receiver.close();
  await place.cleanUp();
});

const callsTo = (path: string) => receiver.requests.filter((request) => request.path === path);
const subscribe = (name: string, fields: Record<string, unknown> = {}) =>
  client.subscribe({
    subscription_name: name,
    callback_url: `${receiver.url}/${name}`,
    subscription_form: 'it.happened',
    ...fields,
  });

test('retries at the tiers’ delays until confirmed, and gives up after max_attempts', async () => {
  const failsTwice = await subscribe('fails-twice');
  const never = await subscribe('never', { max_attempts: 2 });
  const matches = await subscribe('matches', { confirm_mode: 'regular', confirm_pattern: 'ok$' });
  const catastrophic = await subscribe('catastrophic', {
    confirm_mode: 'regular',
    confirm_pattern: '^(a+)+$',
    max_attempts: 1,
  });
  const eventId = await client.publishEtc({ event_key: 'it.happened', changes: ['世界 😀'] });

  await waitFor(() => callsTo('/fails-twice').length === 3, { what: 'the third call', timeoutMs: 80_000 });
  const times = callsTo('/fails-twice').map(({ at }) => at);
  const delays = [times[1]! - times[0]!, times[2]! - times[1]!];
  expect(delays[0]).toBeGreaterThanOrEqual(4_900);
  expect(delays[0]).toBeLessThan(10_000);
  expect(delays[1]).toBeGreaterThanOrEqual(59_900);
  expect(delays[1]).toBeLessThan(70_000);
  expect(callsTo('/fails-twice').map(({ headers }) => headers['x-callbus-attempt'])).toEqual(['1', '2', '3']);
  expect(new Set(callsTo('/fails-twice').map(({ headers }) => headers['webhook-id'])).size).toBe(1);

  await waitFor(async () => (await client.statistics()).get(failsTwice)?.total === 3, {
    what: 'the third attempt’s count',
  });
  const statistics = await client.statistics();
  expect([failsTwice, never, matches, catastrophic].map((id) => statistics.get(id))).toEqual([
    { total: 3, failure: 2 },
    { total: 2, failure: 2 },
    { total: 1, failure: 0 },
    { total: 1, failure: 1 },
  ]);

  // A minute after its second and last call, no further call to it came.
  expect(callsTo('/never')).toHaveLength(2);
  const database = new pg.Client(place.databaseUrl);
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
