import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { report } from './support/report.js';
import { openStage, type Stage } from './support/stage.js';
import { undeliveredRows } from '../support/undelivered-rows.js';

const postgresAwayMs = 60_000;
const waitingForSubscriptions = 'waiting for the subscription service';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ subscriptions: 2 });
}, 120_000);

afterAll(async () => {
  expect(await stage.close()).toEqual([0, 0, 0, 0]);
}, 120_000);

/** Resolves when the counters of every subscription agree with its receiver, minus the calls before. */
async function countersAgree(before: readonly number[] = stage.paths.map(() => 0)): Promise<void> {
  await waitFor(
    async () => {
      const figures = await stage.client.statistics();
      return stage.paths.every(
        (path, index) => figures.get(stage.ids[index]!)?.total === stage.ledger.calls(path) - before[index]!,
      );
    },
    { what: 'the counters to agree with the receivers', timeoutMs: 15_000 },
  );
}

async function flushAll(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write('FLUSHALL\r\n');
  expect(String(await once(socket, 'data'))).toBe('+OK\r\n');
  socket.destroy();
}

test('while Postgres is away for a minute and Redis for a part of it, publishing and delivery go on; the counters catch up', async () => {
  const { client, ledger, servers, bus, paths } = stage;
  ledger.answerWith('/refusing', { status: 500 });
  await stage.subscribe('/refusing', { subscription_form: 'drill.refused', max_attempts: 1 });
  const load = stage.load({ name: 'stores', eventsPerS: 100, listLength: 5 });
  /** Resolves when another hundred events were accepted and delivered. */
  const goesOn = async (while_: string) => {
    const [accepted, called] = [load.accepted.size, ledger.total()];
    await waitFor(() => load.accepted.size >= accepted + 100 && ledger.total() >= called + 200, {
      what: `publishing and delivery ${while_}`,
    });
  };
  await goesOn('before the outages');

  await servers.postgres.stop();
  const goneAt = performance.now();
  const linesBefore = bus.delivery.log.length;
  const answers = await Promise.all([
    client.http.post(`${client.api}/event/subscribe/search/0/2`, {}),
    client.update(stage.ids[0]!, { subscription_name: '/0', callback_url: ledger.url, subscription_form: '#' }),
    client.unsubscribe(stage.ids[1]!),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  await client.publishList([{ id: 'refused', source: 'drill', type: 'refused' }]);
  await goesOn('while Postgres is away');

  await servers.redis.stop();
  await goesOn('while Redis is away too');
  await servers.redis.start();
  await goesOn('when Redis is back');

  // Workers list all subscriptions once per minute. A listing that fails must not empty their directories.
  const hasAsked = () => bus.delivery.log.slice(linesBefore).some(({ msg }) => msg === waitingForSubscriptions);
  await waitFor(() => hasAsked() && performance.now() - goneAt >= postgresAwayMs, {
    what: 'a minute, and a listing that failed',
    timeoutMs: postgresAwayMs + 15_000,
  });
  await servers.postgres.start();
  const isManaged = async () => (await client.http.post(`${client.api}/event/subscribe/search/0/2`, {})).status === 200;
  await waitFor(isManaged, { what: 'management to resume' });
  await goesOn('when all are back');
  await load.stop();

  const count = await stage.settle(load);
  const isStored = async () =>
    (await undeliveredRows(servers.place.databaseUrl)).some(({ event_id: id }) => id === 'refused');
  await waitFor(isStored, { what: 'the event that was undelivered meanwhile', timeoutMs: 30_000 });
  await countersAgree();
  report('3 Postgres away for 60 s, Redis for a part of it', count, {
    'counted attempts': paths.map((path) => ledger.calls(path)).join(' + '),
    'failed publishes': load.failed(),
  });
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
  expect(load.failed()).toBe('none');
});

test('after a flush of Redis under load the counters start from zero, and no event is lost or repeated', async () => {
  const { ledger, paths, servers } = stage;
  const before = paths.map((path) => ledger.calls(path));
  await flushAll(servers.redis.url);
  const load = stage.load({ name: 'flushed', events: 1_000, eventsPerS: 300, listLength: 5 });
  const count = await stage.settle(load);
  await countersAgree(before);
  report('3b Redis flushed', count, { 'counted attempts': paths.map(() => count.accepted).join(' + ') });
  expect(count).toMatchObject({ accepted: 1_000, duplicate: 0, lost: 0 });

  const rest = stage.load({ name: 'rest', events: 1_000, eventsPerS: 300, listLength: 5 });
  await waitFor(() => rest.accepted.size >= 300, { what: 'a flush in the middle' });
  await flushAll(servers.redis.url);
  expect(await stage.settle(rest)).toMatchObject({ accepted: 1_000, duplicate: 0, lost: 0 });
});

test('while the subscription service is away, delivery goes on, and a new worker waits, logs this and loses nothing', async () => {
  const { bus, ledger, paths } = stage;
  const load = stage.load({ name: 'alone', eventsPerS: 100, listLength: 5 });
  await bus.subscription.kill();
  await waitFor(() => load.accepted.size >= 300 && ledger.has(paths, load.accepted), { what: 'delivery without it' });

  const late = await bus.addWorker(waitingForSubscriptions);
  expect(await bus.delivery.stop()).toBe(0);
  const waiting = load.accepted.size;
  await waitFor(() => load.accepted.size >= waiting + 300, { what: 'events for the worker that waits' });
  expect(late.log.some(({ msg }) => msg === 'taking work')).toBe(false);
  expect((await stage.client.http.get(`${late.url}/readyz`)).status).toBe(503);

  await bus.subscription.start();
  await waitFor(() => late.log.some(({ msg }) => msg === 'taking work'), { what: 'the worker to begin' });
  await load.stop();
  const count = await stage.settle(load);
  report('4 subscription service away', count, { 'accepted while all workers waited': `at least 300` });
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
});
