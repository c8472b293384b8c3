import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import type { ServiceProcess } from '@callbus/testing/processes/service-process';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';

const frozenMs = 60_000;
const prefetch = 100;
const fanOut = 2;
/** The most events that the frozen worker may repeat: events whose tasks it has published, and tasks whose callbacks it has made. */
const inFlight = prefetch * fanOut + prefetch;

let stage: Stage;
let frozen: ServiceProcess;

beforeAll(async () => {
  stage = await openStage({ subscriptions: fanOut, env: { WORKER_PREFETCH: String(prefetch) } });
  frozen = await stage.bus.addWorker();
}, 120_000);

afterAll(async () => {
  frozen.child.kill('SIGCONT');
  expect(await stage.close()).toEqual([0, 0, 0, 0]);
}, 120_000);

test('another worker takes over the work of one that is frozen for a minute, which loses nothing after it thaws', async () => {
  const { ledger, paths } = stage;
  const load = stage.load({ name: 'frozen', eventsPerS: 100, listLength: 5 });
  await waitFor(() => load.accepted.size >= 300, { what: 'events before the freeze' });
  // Both workers have callbacks in progress when one of them freezes: a new lane makes four, and each worker has two lanes.
  ledger.hold();
  await waitFor(() => ledger.held() >= 12, { what: 'callbacks in progress' });
  frozen.child.kill('SIGSTOP');
  const frozenAt = performance.now();
  const before = new Set(load.accepted);
  ledger.release();

  await waitFor(() => ledger.has(paths, before), { what: 'the work to be taken over', timeoutMs: 45_000 });
  const takenOverMs = performance.now() - frozenAt;
  await waitFor(() => performance.now() - frozenAt >= frozenMs, { what: 'a minute', timeoutMs: frozenMs });

  const linesBefore = frozen.log.length;
  frozen.child.kill('SIGCONT');
  const isBack = () => frozen.log.slice(linesBefore).filter(({ msg }) => msg === 'connected to rabbitmq').length >= 2;
  await waitFor(isBack, { what: 'the worker to connect again', timeoutMs: 30_000 });
  const resumed = load.accepted.size;
  await waitFor(() => load.accepted.size >= resumed + 300, { what: 'events after the thaw' });
  await load.stop();

  const count = await stage.settle(load);
  report('5 SIGSTOP of one of two workers for 60 s', count, {
    'at most duplicate': inFlight,
    'taken over after s': Math.round(takenOverMs / 1_000),
    'failed publishes': load.failed(),
  });
  expect(count.lost).toBe(0);
  expect(count.duplicate).toBeLessThanOrEqual(inFlight);
});
