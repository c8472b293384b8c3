import { expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { slowAccountOfFile, stageOfFile } from './support/stage-of-file.js';

const listLength = 5;
const publishers = 2;

const openedStage = stageOfFile({ subscriptions: 2 });
const openedAccount = slowAccountOfFile(openedStage, { delayMs: 300 });

test('a lost connection repeats the callback in progress, and no task that waited for its lane', async () => {
  const stage = openedStage();
  const slow = openedAccount();
  const { ledger, paths } = stage;
  const load = stage.load({ name: 'cut', eventsPerS: 100, listLength, publishers });
  await slow.publish(Array.from({ length: 50 }, (_, number) => `once-${number}`));
  await waitFor(() => slow.calls() >= 10, { what: 'some callbacks', timeoutMs: 30_000 });
  const p99BeforeMs = ledger.latencyMs(paths, 0.99);
  await stage.cutConnections();
  await waitFor(() => slow.isDelivered(), { what: 'the slow callbacks', timeoutMs: 60_000 });
  await load.stop();
  const beside = await stage.settle(load);
  const count = slow.count();
  report('B15 a lost connection and 40 tasks that wait', count, {
    'events of the other account': beside.accepted,
    'of them duplicate': beside.duplicate,
    'of them lost': beside.lost,
    'their p99 before ms': p99BeforeMs,
    'their p99 with the cut ms': ledger.latencyMs(paths, 0.99),
  });
  expect(count).toMatchObject({ accepted: 50, lost: 0 });
  // One callback was in progress, and the ack of the one before may have been lost.
  expect(count.duplicate).toBeLessThanOrEqual(2);
  expect(beside.lost).toBe(0);
});
