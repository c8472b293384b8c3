import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openSlowAccount, type SlowAccount } from './support/slow-account.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

/** Tasks of the same receiver, which the worker holds at each death. */
const neighbours = Array.from({ length: 10 }, (_, index) => `neighbour-${index}`);

let stage: Stage;
let slow: SlowAccount;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 2 });
  slow = await openSlowAccount(stage, { delayMs: 20 });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
  await slow.close();
}, 120_000);

test('a task that kills its worker each time becomes poison after some twenty deaths, and its neighbours do not', async () => {
  const { ledger, paths, servers, bus } = stage;
  const load = stage.load({ name: 'beside', eventsPerS: 20, listLength: 5, publishers: 2 });
  let deaths = 0;
  let reviving = Promise.resolve();
  slow.onCall((id) => {
    if (id !== 'killer') return;
    deaths += 1;
    reviving = reviving.then(() => bus.delivery.kill()).then(() => bus.delivery.start());
  });
  await slow.publish(['first', 'killer', ...neighbours]);
  const rows = () => undeliveredRows(servers.place.databaseUrl);
  await waitFor(async () => (await rows()).length > 0, { what: 'the poison', timeoutMs: 480_000 });
  await waitFor(() => slow.isDelivered(), { what: 'its neighbours', timeoutMs: 60_000 });
  await load.stop();
  const beside = await stage.settle(load);
  await reviving;
  await slow.publish(['last']);
  await waitFor(() => slow.isDelivered(), { what: 'the last callback', timeoutMs: 30_000 });
  report('B15 a task that ends its worker each time', beside, {
    deaths,
    neighbours: neighbours.length,
    'in undelivered': (await rows()).map(({ event_id, reason }) => `${event_id} ${reason}`).join(),
    'p99 of the other account ms': ledger.latencyMs(paths, 0.99),
  });
  expect(await rows()).toMatchObject([{ event_id: 'killer', reason: 'poison' }]);
  // The event kills the first worker, its task twenty-one more. A death in between may leave the task twice.
  expect(deaths).toBeLessThanOrEqual(2 * 22);
  expect(beside.lost).toBe(0);
}, 600_000);
