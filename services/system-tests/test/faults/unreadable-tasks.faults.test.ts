import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { putMessages } from '@callbus/testing/rabbitmq/put-message';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

const account = '1';
/** More than the concurrency limit of any lane. */
const broken = 300;

let stage: Stage;
let subscription: number;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 2 });
  const { client, ledger } = stage;
  subscription = await client.subscribe(
    {
      subscription_name: 'broken',
      callback_url: `${ledger.url}/broken`,
      subscription_form: 'drill.whole',
      payload_format: 'cloudevents-binary',
    },
    account,
  );
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
}, 120_000);

function brokenTask(number: number) {
  const headers = {
    id: `broken-${number}`,
    identity: `broken-${number}`,
    account,
    bus: 'drills',
    name: 'drill.broken',
    type: 'broken',
    dialect: 'cloudevents',
    receivedAt: Date.now(),
    dataAt: 0,
    subscription,
    attempt: 1,
    parked: 0,
  };
  return {
    routingKey: 'callbus.deliveries',
    headers: { callbus: JSON.stringify(headers) },
    body: Buffer.from(`{broken ${number}}`),
  };
}

test('tasks that cannot become a request are poison at once, and their subscription is called as before', async () => {
  const { servers, ledger, paths, client, bus } = stage;
  const load = stage.load({ name: 'beside', events: 1_500, eventsPerS: 150, listLength: 10 });
  await waitFor(() => load.accepted.size >= 300, { what: 'events before the broken tasks' });
  const p99BeforeMs = ledger.latencyMs(paths, 0.99);

  await putMessages(
    servers.place.amqpUrl,
    Array.from({ length: broken }, (_, number) => brokenTask(number)),
  );
  const rows = () => undeliveredRows(servers.place.databaseUrl);
  await waitFor(async () => (await rows()).length >= broken, { what: 'the broken tasks', timeoutMs: 60_000 });
  const whole = Array.from({ length: 100 }, (_, number) => `whole-${number}`);
  const events = whole.map((id) => ({ id, source: 'drill', type: 'whole', accountId: account, data: { id } }));
  expect((await client.publishList(events)).status).toBe(200);
  await waitFor(() => whole.every((id) => ledger.times('/broken', id) === 1), {
    what: 'the events of the same subscription',
    timeoutMs: 30_000,
  }).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));

  const beside = await stage.settle(load);
  const own = ledger.count(['/broken'], new Set(whole));
  const count = {
    accepted: beside.accepted + own.accepted,
    due: beside.due + own.due,
    delivered: beside.delivered + own.delivered,
    duplicate: beside.duplicate + own.duplicate,
    lost: beside.lost + own.lost,
  };
  const linesThatBegin = (text: string) => bus.delivery.log.filter(({ msg }) => String(msg).startsWith(text)).length;
  report('B11 tasks that cannot become a request', count, {
    'broken tasks': broken,
    redelivered: linesThatBegin('handling failed'),
    'breakers opened': linesThatBegin('breaker'),
    'p99 of the other account before ms': p99BeforeMs,
    'p99 beside them ms': ledger.latencyMs(paths, 0.99),
  });
  expect(count).toMatchObject({ accepted: 1_600, duplicate: 0, lost: 0 });
  expect((await rows()).map(({ reason }) => reason)).toEqual(Array(broken).fill('poison'));
  expect([linesThatBegin('handling failed'), linesThatBegin('breaker')]).toEqual([0, 0]);
});
