import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openSlowAccount, type SlowAccount } from './support/slow-account.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

const timeoutMs = 10_000;
const tasks = 40;

let stage: Stage;
let slow: SlowAccount;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 1, env: { BROKER_CONSUMER_TIMEOUT_MS: String(timeoutMs) } });
  slow = await openSlowAccount(stage, { delayMs: 500 });
  // By default RabbitMQ checks the time-out once per minute.
  const settings = [`consumer_timeout, ${timeoutMs}`, 'channel_tick_interval, 1000'];
  await stage.servers.rabbitmq.ctl('eval', `${settings.map((each) => `application:set_env(rabbit, ${each})`).join()}.`);
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
  await slow.close();
}, 120_000);

test('tasks that wait longer than the consumer time-out are parked, and no channel is lost', async () => {
  const { ledger, paths, servers, bus } = stage;
  // The new time-out applies to channels that are opened from now on.
  await servers.rabbitmq.ctl('close_all_connections', 'drill');
  await waitFor(async () => (await stage.queued('messages_ready')).size > 0, { what: 'RabbitMQ' });
  const lost = () => bus.delivery.log.filter(({ msg }) => msg === 'channel lost');
  const lostBefore = lost().length;
  const load = stage.load({ name: 'beside', eventsPerS: 50, listLength: 5, publishers: 2 });
  await waitFor(() => load.accepted.size > 0, { what: 'a publish', timeoutMs: 30_000 });
  await slow.publish(Array.from({ length: tasks }, (_, number) => `slow-${number}`));
  await waitFor(() => slow.isDelivered(), { what: 'the slow callbacks', timeoutMs: 120_000 });
  await load.stop();
  const beside = await stage.settle(load);
  const count = slow.count();
  const rows = await undeliveredRows(servers.place.databaseUrl);
  report('B15 tasks that wait longer than the consumer time-out', count, {
    'channels lost': lost().length - lostBefore,
    'in undelivered': rows.length,
    'events of the other account': beside.accepted,
    'of them duplicate': beside.duplicate,
    'their p99 ms': ledger.latencyMs(paths, 0.99),
  });
  expect(lost().slice(lostBefore)).toEqual([]);
  expect(rows).toEqual([]);
  expect(count).toMatchObject({ accepted: tasks, duplicate: 0, lost: 0 });
  expect(beside).toMatchObject({ duplicate: 0, lost: 0 });
});
