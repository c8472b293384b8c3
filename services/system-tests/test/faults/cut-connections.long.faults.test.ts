import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openSlowAccount, type SlowAccount } from './support/slow-account.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

/** More than the 20 returns after which RabbitMQ makes a message undelivered. */
const cuts = 23;
const listLength = 5;
const publishers = 2;

let stage: Stage;
let slow: SlowAccount;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 2 });
  slow = await openSlowAccount(stage, { delayMs: 600 });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
  await slow.close();
}, 120_000);

const named = (name: string, count: number) => Array.from({ length: count }, (_, number) => `${name}-${number}`);

/** Of the worker, one for each of its three connections. */
const connections = () => stage.bus.delivery.log.filter(({ msg }) => msg === 'connected to rabbitmq').length;

async function cut(): Promise<void> {
  const before = connections();
  await stage.servers.rabbitmq.ctl('close_all_connections', 'drill');
  await waitFor(() => connections() >= before + 3, { what: 'the connections of the worker', timeoutMs: 30_000 });
}

test('connections cut more often than a message may be returned make no message poison', async () => {
  const { ledger, paths, servers } = stage;
  const load = stage.load({ name: 'cuts', eventsPerS: 20, listLength, publishers });
  await slow.publish(named('often', 300));
  for (let number = 0; number < cuts; number += 1) {
    const called = slow.calls();
    await cut();
    await waitFor(() => slow.calls() > called, { what: `a callback after cut ${number}`, timeoutMs: 30_000 });
  }
  slow.answerAfter(0);
  await waitFor(() => slow.isDelivered(), { what: 'the slow ones', timeoutMs: 60_000 });
  await load.stop();
  const beside = await stage.settle(load);
  const count = slow.count();
  const rows = await undeliveredRows(servers.place.databaseUrl);
  report('B15 connections cut again and again', count, {
    cuts,
    'in undelivered': rows.length,
    'events of the other account': beside.accepted,
    'of them duplicate': beside.duplicate,
    'of them lost': beside.lost,
    'their p99 ms': ledger.latencyMs(paths, 0.99),
  });
  expect(rows).toEqual([]);
  expect(count).toMatchObject({ accepted: 300, lost: 0 });
  // With each cut the one under way, and the ack of the one before.
  expect(count.duplicate).toBeLessThanOrEqual(2 * cuts);
  expect(beside.lost).toBe(0);
});
