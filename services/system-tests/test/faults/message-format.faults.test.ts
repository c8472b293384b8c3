import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newestFormat } from '@callbus/contracts/messages/message-format';
import { putMessages } from '@callbus/testing/rabbitmq/put-message';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 3, env: { RETRY_SCHEDULE: '1s', WORKER_PREFETCH: '50' } });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
}, 120_000);

const queues = ['events', 'deliveries', 'undelivered'];
/** More than the prefetch of 50, so that a worker that held them would do nothing else. */
const eachQueue = 100;

/** A message in the format of a newer version. */
function newerMessage(queue: string, index: number) {
  const headers = { v: newestFormat + 1, account: '0', id: `newer ${queue} ${index}`, subscription: 'another way' };
  const body = Buffer.from(JSON.stringify({ newer: queue, index }));
  return { routingKey: `callbus.${queue}`, headers: { callbus: JSON.stringify(headers) }, body };
}

test('messages of a newer format are returned, stored as newer_format, and sent back by the API', async () => {
  const { servers, ledger, bus, paths, client } = stage;
  const load = stage.load({ name: 'beside', events: 1_500, eventsPerS: 150, listLength: 10 });
  await waitFor(() => load.accepted.size >= 300, { what: 'events before the newer messages' });
  const p99BeforeMs = ledger.latencyMs(paths, 0.99);

  const newer = queues.flatMap((queue) => Array.from({ length: eachQueue }, (_, index) => newerMessage(queue, index)));
  await putMessages(servers.place.amqpUrl, newer);
  const rows = () => undeliveredRows(servers.place.databaseUrl);
  const allStored = () =>
    waitFor(async () => (await rows()).length === newer.length, {
      what: 'all of them in undelivered',
      timeoutMs: 60_000,
    });
  await allStored();
  const count = await stage.settle(load);
  const p99BesideMs = ledger.latencyMs(paths, 0.99);

  const dispatch = () =>
    client.http.post<{ data: { dispatched: number; skipped: number; left: number } }>(
      `${client.api}/event/undelivered/0/dispatch`,
      { reason: 'newer_format' },
    );
  const { data } = await dispatch();
  // No worker here can read the format, so all of them are stored again.
  await allStored();
  const stored = await rows();
  report('B23 messages of a newer format', count, {
    'of a newer format': newer.length,
    'in undelivered': stored.length,
    poison: stored.filter(({ reason }) => reason === 'poison').length,
    'sent back': data.data.dispatched,
    'p99 of neighbours before ms': p99BeforeMs,
    'p99 beside them ms': p99BesideMs,
  });
  expect(count).toMatchObject({ accepted: 1_500, duplicate: 0, lost: 0 });
  expect(data.data).toEqual({ dispatched: newer.length, skipped: 0, left: 0 });
  expect(new Set(stored.map(({ reason }) => reason))).toEqual(new Set(['newer_format']));
  expect(stored.map(({ event_id }) => event_id).toSorted()).toEqual(
    queues.flatMap((queue) => Array.from({ length: eachQueue }, (_, index) => `newer ${queue} ${index}`)).toSorted(),
  );
  const lines = [...bus.delivery.log, ...bus.subscription.log].filter(({ msg }) =>
    String(msg).startsWith('messages of a newer'),
  );
  expect(lines.length).toBeLessThanOrEqual(3);
});
