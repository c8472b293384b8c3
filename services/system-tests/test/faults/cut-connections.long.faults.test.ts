import { expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { slowAccountOfFile, stageOfFile } from './support/stage-of-file.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

/** More than the 20 returns after which RabbitMQ dead-letters a message. */
const cuts = 23;
const listLength = 5;
const publishers = 2;

const openedStage = stageOfFile({ subscriptions: 2 });
const openedAccount = slowAccountOfFile(openedStage, { delayMs: 600 });

test('more lost connections than a message has returns make no message poison', async () => {
  const stage = openedStage();
  const slow = openedAccount();
  const { ledger, paths, servers } = stage;
  const load = stage.load({ name: 'cuts', eventsPerS: 20, listLength, publishers });
  await slow.publish(Array.from({ length: 300 }, (_, number) => `often-${number}`));
  for (let number = 0; number < cuts; number += 1) {
    const called = slow.calls();
    await stage.cutConnections();
    await waitFor(() => slow.calls() > called, { what: `a callback after cut ${number}`, timeoutMs: 30_000 });
  }
  slow.answerAfter(0);
  await waitFor(() => slow.isDelivered(), { what: 'the slow callbacks', timeoutMs: 60_000 });
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
  // Each cut repeats the callback in progress, and perhaps the one before, whose ack was lost.
  expect(count.duplicate).toBeLessThanOrEqual(2 * cuts);
  expect(beside.lost).toBe(0);
});
