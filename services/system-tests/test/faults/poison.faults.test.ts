import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { putMessages, type PutMessage } from '@callbus/testing/rabbitmq/put-message';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

let stage: Stage;
let pids: readonly unknown[];
const pidsNow = () => [stage.bus.ingest, stage.bus.subscription, stage.bus.delivery].map(({ child }) => child.pid);

beforeAll(async () => {
  stage = await openStage({ subscriptions: 3 });
  pids = pidsNow();
}, 120_000);

afterAll(async () => {
  expect(pidsNow()).toEqual(pids);
  expect(await stage.close()).toEqual([0, 0, 0]);
}, 120_000);

const tenMiB = Buffer.alloc(10 * 1024 * 1024, 'x');

/** The first bytes of each message identify it. */
function poisonFor(queue: string): PutMessage[] {
  const routingKey = `callbus.${queue}`;
  const event = {
    account: '0',
    bus: 'drills',
    name: 'drill.poison',
    type: 'poison',
    dialect: 'cloudevents',
    receivedAt: Date.now(),
    dataAt: 0,
  };
  const headersOf = (id: string) => {
    const delivery = queue === 'events' ? {} : { subscription: stage.ids[0], attempt: 1, parked: 0 };
    return { ...event, ...delivery, id: `poison ${queue} ${id}`, identity: `poison ${queue} ${id}` };
  };
  const json = (kind: string, more = {}) => Buffer.from(JSON.stringify({ id: `${queue} ${kind}`, ...more }));
  return [
    { routingKey, body: Buffer.from(`${queue} not JSON, without headers`) },
    { routingKey, headers: headersOf('text'), body: Buffer.from(`${queue} not JSON`) },
    { routingKey, headers: headersOf('torn'), body: json('torn').subarray(0, -1) },
    { routingKey, headers: { id: 1, account: null, attempt: 'one' }, body: json('wrong schema') },
    { routingKey, headers: { ...headersOf('data'), dataAt: 5 }, body: json('data elsewhere') },
    { routingKey, body: Buffer.concat([Buffer.from(`${queue} 10 MiB, without headers`), tenMiB]) },
    { routingKey, headers: headersOf('large'), body: json('10 MiB', { data: tenMiB.toString() }) },
  ];
}

test('poison on each queue ends in undelivered, and other messages are delivered as before', async () => {
  const { servers, ledger, bus, paths } = stage;
  const load = stage.load({ name: 'beside', events: 1_500, eventsPerS: 150, listLength: 10 });
  await waitFor(() => load.accepted.size >= 300, { what: 'events before the poison' });
  const p99BeforeMs = ledger.latencyMs(paths, 0.99);

  const poison = ['events', 'deliveries', 'undelivered', 'retry.1s'].flatMap(poisonFor);
  await putMessages(servers.place.amqpUrl, poison);
  const changes = ['not JSON', '{"kind":"saved"}', '{"kind":"deleted","id":"1"}', `"${tenMiB.toString()}"`];
  const toChanges = { exchange: 'callbus.subscription.changes', routingKey: '' };
  await putMessages(
    servers.place.amqpUrl,
    changes.map((body) => ({ ...toChanges, body: Buffer.from(body) })),
  );

  const rows = () => undeliveredRows(servers.place.databaseUrl);
  await waitFor(async () => (await rows()).length >= poison.length, { what: 'the poison', timeoutMs: 60_000 });
  const count = await stage.settle(load);
  report('7 poison on each queue', count, {
    poison: poison.length,
    'in undelivered': (await rows()).length,
    'p99 of neighbours before ms': p99BeforeMs,
    'and beside 80 MiB of poison': ledger.latencyMs(paths, 0.99),
  });
  expect(count).toMatchObject({ accepted: 1_500, duplicate: 0, lost: 0 });
  expect((await rows()).map(({ reason }) => reason)).toEqual(poison.map(() => 'poison'));
  expect((await rows()).map(({ bytes }) => bytes).sort()).toEqual(poison.map(({ body }) => body.length).sort());
  // No poison caused a callback, and changes still arrive.
  expect(ledger.total()).toBe(count.delivered);
  // Each consuming connection receives every change.
  const notTaken = bus.delivery.log.filter(({ msg }) => msg === 'a change could not be applied');
  expect(notTaken).toHaveLength(2 * changes.length);
  await stage.subscribe('/late', { subscription_form: 'drill.late' });
  await stage.client.publishList([{ id: 'late', source: 'drill', type: 'late' }]);
  await waitFor(() => ledger.times('/late', 'late') === 1, { what: 'a subscription made after the poison' });
});

test('attempts with catastrophic regular expressions end in undelivered, and other receivers get every event', async () => {
  const { ledger, paths, servers } = stage;
  const before = (await undeliveredRows(servers.place.databaseUrl)).length;
  // The first is catastrophic for a backtracking engine; the second needs an automaton of very many states.
  const hostile = [
    { path: '/nested', pattern: '^(a+)+$', body: `${'a'.repeat(65_535)}b` },
    { path: '/states', pattern: '([ab]*a[ab]{90})c', body: `c${randomLetters(65_535)}` },
  ];
  for (const { path, pattern, body } of hostile) {
    ledger.answerWith(path, { status: 200, body });
    await stage.subscribe(path, {
      subscription_form: 'drill.hostile',
      confirm_mode: 'regular',
      confirm_pattern: pattern,
      max_attempts: 1,
    });
  }
  const events = Array.from({ length: 4 }, (_, index) => ({
    id: `hostile-${index}`,
    source: 'drill',
    type: 'hostile',
  }));

  ledger.latencyMs(paths, 1);
  const load = stage.load({ name: 'regular', events: 1_500, eventsPerS: 150, listLength: 10 });
  await waitFor(() => load.accepted.size >= 300, { what: 'events before the callbacks' });
  expect((await stage.client.publishList(events)).status).toBe(200);
  const rows = async () => (await undeliveredRows(servers.place.databaseUrl)).slice(before);
  await waitFor(async () => (await rows()).length >= hostile.length * events.length, {
    what: 'the unconfirmed',
    timeoutMs: 60_000,
  });
  const count = await stage.settle(load);
  report('7b catastrophic regular expressions', count, {
    'in undelivered': (await rows()).length,
    'p99 of neighbours ms': ledger.latencyMs(paths, 0.99),
  });
  expect(count).toMatchObject({ accepted: 1_500, duplicate: 0, lost: 0 });
  expect((await rows()).every(({ reason }) => reason === 'exhausted')).toBe(true);
});

function randomLetters(length: number): string {
  return Array.from({ length }, () => (Math.random() < 0.5 ? 'a' : 'b')).join('');
}
