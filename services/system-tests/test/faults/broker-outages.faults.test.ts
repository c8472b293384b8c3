import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';

const prefetch = 100;
const fanOut = 2;
const listLength = 5;
const publishers = 4;
/**
 * The most events that an outage of the broker may repeat: event messages whose acks are lost, of a list each; deliveries whose acks are
 * lost; and lists that are published again. A worker on a busy machine holds its whole prefetch.
 */
const inFlight = prefetch * listLength * fanOut + prefetch + publishers * listLength * fanOut;

let stage: Stage;
let pids: readonly unknown[];
const pidsNow = () => [stage.bus.ingest, stage.bus.subscription, stage.bus.delivery].map(({ child }) => child.pid);

beforeAll(async () => {
  stage = await openStage({ subscriptions: fanOut, env: { WORKER_PREFETCH: String(prefetch) } });
  pids = pidsNow();
}, 120_000);

afterAll(async () => {
  expect(pidsNow()).toEqual(pids);
  expect(await stage.close()).toEqual([0, 0, 0]);
}, 120_000);

test.each(['stop', 'kill'] as const)(
  'during a %s of RabbitMQ publishers get 503, and after its start every accepted event is delivered',
  async (goAway) => {
    const { rabbitmq } = stage.servers;
    const load = stage.load({ name: goAway, eventsPerS: 200, listLength, publishers });
    await waitFor(() => load.accepted.size >= 400, { what: 'events before the outage', timeoutMs: 30_000 });
    await rabbitmq[goAway]();
    await waitFor(() => load.failures.length >= 50, { what: 'answers with 503', timeoutMs: 15_000 });
    await rabbitmq.start();
    const returnedAt = performance.now();
    const before = load.accepted.size;
    await waitFor(() => load.accepted.size > before, { what: 'publishing to resume', timeoutMs: 60_000 });
    const resumedMs = performance.now() - returnedAt;
    await waitFor(() => load.accepted.size >= before + 400, { what: 'events after the outage', timeoutMs: 60_000 });
    await load.stop();

    const count = await stage.settle(load);
    const slowestMs = Math.max(...load.failures.map(({ durationMs }) => durationMs));
    report(`2 RabbitMQ: ${goAway} and start`, count, {
      'failed publishes': load.failed(),
      'slowest failure ms': Math.round(slowestMs),
      'resumed after ms': Math.round(resumedMs),
    });
    expect(count.lost).toBe(0);
    expect(count.duplicate).toBeLessThanOrEqual(inFlight);
    expect(load.failed()).toMatch(/^503: \d+$/);
    expect(load.failures.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);
    // The time-out of a confirm, and half a second for a busy machine.
    expect(slowestMs).toBeLessThan(5_500);
  },
);

test('during a disk alarm publishers get 503 at once and deliveries go on; publishing resumes after it', async () => {
  const { rabbitmq } = stage.servers;
  const calledBefore = stage.ledger.total();
  stage.ledger.hold();
  const load = stage.load({ name: 'alarm', events: 1_000, eventsPerS: 1_000, listLength: 50 });
  await load.done;
  // The alarm stops tasks on their way to `deliveries`, so it has to come after the last one.
  let tasks = NaN;
  const isDispatched = async () => {
    const before = tasks;
    tasks = (await stage.queued()).get('deliveries') ?? NaN;
    return tasks === before && (await stage.queued('messages_ready')).get('events') === 0;
  };
  await waitFor(isDispatched, { what: 'the dispatch', timeoutMs: 30_000 });
  await rabbitmq.ctl('set_disk_free_limit', '1000000000000000');
  const uncalled = 1_000 * fanOut - (stage.ledger.total() - calledBefore);

  const publish = async (id: string) => {
    const start = performance.now();
    const { status, headers } = await stage.client.publishList([{ id, source: 'drill', type: 'probe' }]);
    return { status, retryAfter: Number(headers['retry-after']), durationMs: performance.now() - start };
  };
  const refusals = [await publish('first'), await publish('second'), await publish('third')];
  stage.ledger.release();
  await waitFor(() => stage.ledger.has(stage.paths, load.accepted), { what: 'the deliveries', timeoutMs: 60_000 });
  const stillRefused = await publish('fourth');

  await rabbitmq.ctl('set_disk_free_limit', '50000000');
  const clearedAt = performance.now();
  await waitFor(async () => (await publish('fifth')).status === 200, { what: 'publishing to resume' });
  const resumedMs = performance.now() - clearedAt;

  const count = await stage.settle(load);
  const slowestMs = Math.max(...refusals.map(({ durationMs }) => durationMs));
  report('2b disk alarm', count, {
    'called only during the alarm': uncalled,
    'slowest refusal ms': Math.round(slowestMs),
    'resumed after ms': Math.round(resumedMs),
  });
  expect(uncalled).toBeGreaterThan(1_000);
  expect([...refusals, stillRefused].map(({ status }) => status)).toEqual([503, 503, 503, 503]);
  expect(refusals.every(({ retryAfter }) => retryAfter > 0)).toBe(true);
  expect(slowestMs).toBeLessThan(1_000);
  expect(count).toMatchObject({ accepted: 1_000, lost: 0 });
  expect(count.duplicate).toBeLessThanOrEqual(inFlight);
});
