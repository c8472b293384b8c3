import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

let stage: Stage;
const failing = ['/fails-0', '/fails-1', '/fails-2', '/fails-3', '/fails-4'];

beforeAll(async () => {
  stage = await openStage({ subscriptions: 1, env: { WORKER_PREFETCH: '100' } });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0]);
}, 120_000);

const policy = (pattern: string, definition: object) =>
  stage.servers.rabbitmq.ctl('set_policy', 'ours', pattern, JSON.stringify(definition), '--apply-to', 'queues');
const rows = () => undeliveredRows(stage.servers.place.databaseUrl);

test('full retry queues delay only deliveries to the receivers that fail', async () => {
  const { ledger, client, bus, paths } = stage;
  await policy('^callbus\\.retry', { 'max-length': 50 });
  for (const path of failing) {
    ledger.answerWith(path, { status: 500 });
    await stage.subscribe(path, { subscription_form: 'drill.burst' });
  }
  const live = stage.load({ name: 'live', eventsPerS: 50, listLength: 1 });
  await waitFor(() => live.accepted.size >= 100, { what: 'live events alone' });
  const p99BeforeMs = ledger.latencyMs(paths, 0.99);
  const burst = stage.load({ name: 'burst', events: 500, eventsPerS: 500, listLength: 50 });
  await burst.done;

  const due = failing.length * 500;
  const waiting = async () =>
    [...(await stage.queued())].reduce((sum, [name, messages]) => sum + (name.startsWith('retry.') ? messages : 0), 0);
  // A group of parked tasks is one message, so only the rows count tasks.
  await waitFor(async () => (await rows()).length >= due / 2, { what: 'the undelivered', timeoutMs: 60_000 });
  const startedAt = live.accepted.size;
  await waitFor(() => live.accepted.size >= startedAt + 250, { what: 'live events beside full queues' });
  await live.stop();
  await waitFor(() => ledger.has(paths, new Set([...live.accepted, ...burst.accepted])), {
    what: 'the healthy receiver',
  });
  const { data } = await client.http.get<{ data: { info: { queue: string; full: boolean }[] } }>(
    `${client.api}/event/queues`,
  );
  const full = data.data.info.filter((queue) => queue.full).map(({ queue }) => queue);
  const reasons = (await rows()).map(({ reason }) => reason);
  const lines = bus.delivery.log.filter(({ msg }) => String(msg).startsWith('a retry queue is full'));
  const count = ledger.count(paths, new Set([...live.accepted, ...burst.accepted]));
  const p99BesideMs = ledger.latencyMs(paths, 0.99);
  report('B18 retry queues capped at 50', count, {
    'undelivered as maxlen': reasons.filter((reason) => reason === 'maxlen').length,
    'messages in retry queues': await waiting(),
    full: full.join(' '),
    'p99 of the other before ms': p99BeforeMs,
    'and beside full queues': p99BesideMs,
  });
  expect(count.lost).toBe(0);
  // A worker that took the refusals for a fault of the broker would pause for seconds.
  expect(p99BesideMs).toBeLessThan(2_000);
  expect(new Set(reasons)).toEqual(new Set(['maxlen']));
  expect(full.length).toBeGreaterThan(0);
  expect(new Set(lines.map(({ queue }) => queue)).size).toBe(lines.length);
  expect(lines.map(({ queue }) => queue)).toEqual(expect.arrayContaining(full));
});

test.each([
  { reason: 'expired', definition: { 'message-ttl': 500 }, removed: 200 },
  // A message holds ten events.
  { reason: 'maxlen', definition: { 'max-length': 5, overflow: 'drop-head' }, removed: 150 },
])(
  'events that a policy removes from their queue are undelivered as $reason, and sent back by the API',
  async (policed) => {
    const { reason, definition, removed } = policed;
    const { ledger, client, bus, paths } = stage;
    await stage.servers.rabbitmq.ctl('clear_policy', 'ours').catch(() => undefined);
    const before = (await rows()).length;
    await policy('^callbus\\.events$', definition);
    await bus.delivery.stop();
    const load = stage.load({ name: reason, events: 200, eventsPerS: 500, listLength: 10 });
    await load.done;
    await waitFor(async () => (await rows()).length >= before + removed, { what: 'the removed events' });
    const rowsOfPolicy = (await rows()).slice(before);
    await stage.servers.rabbitmq.ctl('clear_policy', 'ours');
    await bus.delivery.start();

    const { data } = await client.http.post<{ data: object }>(`${client.api}/event/undelivered/0/dispatch`, { reason });
    await waitFor(() => ledger.has(paths, load.accepted), { what: 'all of them' }).catch(() => undefined);
    const count = ledger.count(paths, load.accepted);
    report(`B18b a policy on events: ${reason}`, count, {
      undelivered: rowsOfPolicy.length,
      'sent back': JSON.stringify(data.data),
    });
    expect(count).toMatchObject({ accepted: 200, duplicate: 0, lost: 0 });
    expect(rowsOfPolicy.every((row) => row.reason === reason && row.subscription_id === null)).toBe(true);
    expect(data.data).toEqual({ dispatched: removed, skipped: 0, left: 0 });
  },
);
