import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import type { ServiceProcess } from '@callbus/testing/processes/service-process';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';

const prefetch = 100;
const fanOut = 3;
const listLength = 20;
const publishers = 4;

let stage: Stage;
let workers: readonly [ServiceProcess, ServiceProcess];

beforeAll(async () => {
  stage = await openStage({ subscriptions: fanOut, env: { WORKER_PREFETCH: String(prefetch) } });
  workers = [stage.bus.delivery, await stage.bus.addWorker()];
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0, 0]);
}, 120_000);

test('after SIGTERM under load one of two workers exits with 0, and no event is lost or repeated', async () => {
  const load = stage.load({ name: 'drain', events: 6_000, eventsPerS: 500, listLength, publishers });
  await waitFor(() => load.accepted.size >= 2_000, { what: 'a third of the events', timeoutMs: 60_000 });
  expect(await workers[1].stop()).toBe(0);
  expect(load.isDone()).toBe(false);

  const count = await stage.settle(load);
  report('1b SIGTERM of one of two workers', count, { 'failed publishes': load.failed() });
  await workers[1].start();
  expect(count).toMatchObject({ accepted: 6_000, duplicate: 0, lost: 0 });
});

test('after ten kills of each service at random moments no event is lost, and no more are repeated than were in flight', async () => {
  const events = 20_000;
  const rounds = 10;
  const { ingest, subscription } = stage.bus;
  const victims = Array.from({ length: rounds }, (_, round) => [
    ingest,
    subscription,
    workers[round % 2 ? 1 : 0],
  ]).flat();
  const part = events / victims.length;
  let killed = 0;
  const limit = () => (killed + 2) * part;
  const load = stage.load({ name: 'kill', events, eventsPerS: 600, listLength, publishers, limit });

  // The load has as many equal parts as there are kills. Each kill happens at a random moment of its part.
  const returns: Promise<void>[] = [];
  for (const victim of victims) {
    const moment = (killed + Math.random()) * part;
    await waitFor(() => load.accepted.size >= moment, { what: `event ${moment}`, timeoutMs: 60_000 });
    // A process must be up again before its next kill.
    await Promise.all(returns.splice(0, returns.length - 1));
    await victim.kill();
    killed += 1;
    returns.push(victim.start());
  }
  await Promise.all(returns);

  const count = await stage.settle(load);
  // A worker repeats events whose tasks it had published but not acked, and tasks that it had called but not acked.
  // A publisher repeats lists that were stored but not answered.
  const inFlight = rounds * (prefetch * fanOut + prefetch) + rounds * publishers * listLength * fanOut;
  report('1 kill -9, each service ten times', count, {
    kills: victims.length,
    'at most duplicate': inFlight,
    'failed publishes': load.failed(),
  });
  expect(count).toMatchObject({ accepted: events, lost: 0 });
  expect(count.duplicate).toBeLessThanOrEqual(inFlight);
});
