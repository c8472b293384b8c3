import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { putMessages } from '@callbus/testing/rabbitmq/put-message';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

const listLength = 100;
/** The events that may be in flight at once, in any order: the prefetch of a worker, and one second of the replay. */
const inFlight = 1_000;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 0 });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
}, 120_000);

const stored = async () => (await undeliveredRows(stage.servers.place.databaseUrl)).length;

test('10,000 held events are delivered after enabling, in order of acceptance, while live events keep their latency', async () => {
  const { ledger, client } = stage;
  const held = { subscription_form: 'drill.order' };
  const id = await stage.subscribe('/held', { ...held, enabled: false });
  await stage.subscribe('/live', { subscription_form: 'drill.live' });

  // One publisher, so that the numbers of the events are their order of acceptance.
  const load = stage.load({ name: 'order', events: 10_000, eventsPerS: 2_000, listLength, publishers: 1 });
  await load.done;
  await waitFor(async () => (await stored()) === 10_000, { what: 'all events to be held', timeoutMs: 90_000 });
  expect(ledger.calls('/held')).toBe(0);

  const live = stage.load({ name: 'live', eventsPerS: 50, listLength: 1 });
  await waitFor(() => ledger.calls('/live') >= 250, { what: 'live events alone', timeoutMs: 30_000 });
  const p99BeforeMs = ledger.latencyMs(['/live'], 0.99);
  const start = performance.now();
  const callback = {
    subscription_name: '/held',
    callback_url: `${ledger.url}/held`,
    payload_format: 'cloudevents-binary',
  };
  expect((await client.update(id, { ...callback, ...held, enabled: true })).status).toBe(200);
  await waitFor(() => ledger.has(['/held'], load.accepted), { what: 'all held events', timeoutMs: 90_000 });
  const tookMs = performance.now() - start;
  const p99DuringMs = ledger.latencyMs(['/live'], 0.99);
  await live.stop();
  await waitFor(() => ledger.has(['/live'], live.accepted), { what: 'all live events' });

  const count = ledger.count(['/held'], load.accepted);
  const liveCount = ledger.count(['/live'], live.accepted);
  const furthest = furthestBehind(ledger.order('/held').map((event) => Number(event.replace('order-', ''))));
  report('11 10,000 held events set free', count, {
    s: (tookMs / 1_000).toFixed(1),
    'furthest out of order': furthest,
    'live lost': liveCount.lost,
    'live p99 before ms': p99BeforeMs,
    'live p99 during ms': p99DuringMs,
  });
  expect(count).toMatchObject({ accepted: 10_000, duplicate: 0, lost: 0 });
  expect(liveCount.lost).toBe(0);
  expect(furthest).toBeLessThanOrEqual(inFlight);
  expect(p99DuringMs).toBeLessThan(2 * p99BeforeMs + 500);
});

test('a replay that is cancelled half-way keeps the other events, and a second replay delivers them', async () => {
  const { ledger, client, servers } = stage;
  const id = await stage.subscribe('/again', { subscription_form: 'drill.again' });
  const events = new Set(Array.from({ length: 3_000 }, (_, index) => `again-${index}`));
  await putMessages(
    servers.place.amqpUrl,
    [...events].map((event) => exhausted(id, event)),
  );
  await waitFor(async () => (await stored()) === events.size, { what: 'the undelivered', timeoutMs: 60_000 });

  const undelivered = `${client.api}/event/subscribe/0/2/${id}/undelivered`;
  interface Job {
    data: { job_id: number; state: string; replayed: number };
  }
  const startJob = async () => (await client.http.post<Job>(`${undelivered}/replay`, { all: true })).data.data;
  const first = await startJob();
  await waitFor(() => ledger.calls('/again') >= 500, { what: 'a part of the replay' });
  const cancelled = (await client.http.delete<Job>(`${undelivered}/replay/${first.job_id}`)).data.data;
  expect(cancelled.state).toBe('cancelled');
  await waitFor(async () => ledger.calls('/again') + (await stored()) === events.size, {
    what: 'the end of the current chunk',
  });
  const left = await stored();

  const second = await startJob();
  await waitFor(() => ledger.has(['/again'], events), { what: 'the rest', timeoutMs: 60_000 });
  const isDone = async () =>
    (await client.http.get<Job>(`${undelivered}/replay/${second.job_id}`)).data.data.state === 'done';
  await waitFor(isDone, { what: 'the second replay to be done' });
  const count = ledger.count(['/again'], events);
  report('11b a replay cancelled half-way and started again', count, { 'left by the first': left });
  expect(left).toBeGreaterThan(0);
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
  expect(await stored()).toBe(0);
});

/** The largest distance by which an event came after one that was accepted later. */
function furthestBehind(numbers: readonly number[]): number {
  let latest = 0;
  let furthest = 0;
  for (const number of numbers) {
    latest = Math.max(latest, number);
    furthest = Math.max(furthest, latest - number);
  }
  return furthest;
}

/** The message that a worker publishes after the last attempt. */
function exhausted(subscription: number, id: string) {
  const time = new Date().toISOString();
  return {
    routingKey: 'callbus.undelivered',
    headers: {
      id,
      identity: id,
      account: '0',
      bus: 'drills',
      name: 'drill.again',
      type: 'again',
      dialect: 'cloudevents',
      receivedAt: Date.now(),
      dataAt: 0,
      subscription,
      attempt: 10,
      parked: 0,
      reason: 'exhausted',
    },
    body: Buffer.from(JSON.stringify({ specversion: '1.0', id, source: 'drill', type: 'again', time })),
  };
}
