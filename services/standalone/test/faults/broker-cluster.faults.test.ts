import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPrivatePostgres } from '@callbus/testing/private-postgres';
import {
  hasRabbitmqCluster,
  startRabbitmqCluster,
  type RabbitmqCluster,
  type RabbitmqNode,
} from '@callbus/testing/private-rabbitmq-cluster';
import { startPrivateRedis } from '@callbus/testing/private-redis';
import { tapExchange } from '@callbus/testing/tap-exchange';
import { waitFor } from '@callbus/testing/wait-for';
import { scrape } from '../scrape.js';
import { openBalancer } from './balancer.js';
import type { Load } from './load.js';
import { report } from './report.js';
import { openStageOn } from './stage.js';

const prefix = 'callbus.';
const eventsPerS = 100;
/** What a fault on a node may have taken without our knowing: what was in hand, and what is published again. */
const inFlight = 1_000;
const frozenMs = 20_000;

const drill = (await hasRabbitmqCluster()) ? test : test.skip;

async function openClusterStage() {
  const [cluster, postgres, redis] = await Promise.all([
    startRabbitmqCluster(),
    startPrivatePostgres(),
    startPrivateRedis(),
  ]);
  const balancer = await openBalancer(cluster.nodes.map(({ url }) => url));
  const stage = await openStageOn(
    {
      place: {
        amqpUrl: balancer.url,
        brokerPrefix: prefix,
        databaseUrl: postgres.url,
        redisUrl: redis.url,
        redisPrefix: 'callbus:',
      },
      rabbitmq: { ctl: (...args: string[]) => cluster.ctl(asked(cluster), ...args) },
      remove: () => Promise.all([balancer.close(), cluster.remove(), postgres.remove(), redis.remove()]),
    },
    { subscriptions: 1 },
  );
  return { stage, cluster, balancer, second: await stage.bus.addWorker() };
}

/** Who is asked while another is ill. */
let ill: RabbitmqNode | undefined;
function asked({ nodes }: RabbitmqCluster): RabbitmqNode {
  const well = nodes.find((node) => node !== ill);
  if (well === undefined) throw new Error('no node is well');
  return well;
}

let opened: Awaited<ReturnType<typeof openClusterStage>>;
beforeAll(async () => {
  if (drill === test) opened = await openClusterStage();
}, 180_000);
afterAll(async () => {
  ill?.thaw();
  if (drill === test) expect(await opened.stage.close()).toEqual([0, 0, 0, 0]);
}, 120_000);

const leaderOfEvents = () => opened.cluster.leaderOf(`${prefix}events`, asked(opened.cluster));

async function startLoad(name: string, more: { limit?: () => number } = {}): Promise<Load> {
  const load = opened.stage.load({ name, eventsPerS, listLength: 5, ...more });
  await waitFor(() => load.accepted.size >= 200, { what: 'events before the fault', timeoutMs: 30_000 });
  load.pause.take();
  opened.stage.ledger.pause.take();
  return load;
}

async function settle(load: Load, title: string, more: Readonly<Record<string, number | string>>): Promise<void> {
  await load.stop();
  const count = await opened.stage.settle(load);
  report(title, count, { ...more, 'failed publishes': load.failed() });
  expect(count.lost).toBe(0);
  expect(count.duplicate).toBeLessThanOrEqual(inFlight);
  expect(load.failed()).toMatch(/^(none|503: \d+)$/);
}

const seconds = (ms: number) => (ms / 1_000).toFixed(1);
const pauses = (load: Load) => ({
  'longest without publishing s': seconds(load.pause.take()),
  'longest without a callback s': seconds(opened.stage.ledger.pause.take()),
});

async function publishing(): Promise<unknown> {
  const { status, data } = await opened.stage.client.http.get<{ publishing: unknown }>(
    `${opened.stage.bus.ingest.url}/readyz`,
  );
  expect(status).toBe(200);
  return data.publishing;
}

drill(
  'the node is killed that leads the events and carries all connections of ingest: publishing goes on without it',
  async () => {
    const { stage, balancer } = opened;
    const leader = await leaderOfEvents();
    balancer.prefer(leader.url);
    await stage.bus.ingest.stop();
    await stage.bus.ingest.start();
    balancer.prefer(undefined);
    const load = await startLoad('killed');

    ill = leader;
    await leader.kill();
    const before = load.accepted.size;
    await waitFor(() => load.accepted.size >= before + 500, { what: 'events without the node', timeoutMs: 60_000 });
    const found = pauses(load);
    await leader.start();
    ill = undefined;
    await settle(load, '24 kill of the node that leads the events', found);
  },
);

drill(
  'the node hangs that leads the events and carries a connection of ingest: publishing goes on before it is back',
  async () => {
    const { stage, balancer } = opened;
    const leader = await leaderOfEvents();
    balancer.preferOnce(leader.url);
    await stage.bus.ingest.stop();
    await stage.bus.ingest.start();
    const load = await startLoad('frozen');

    ill = leader;
    leader.freeze();
    const frozenAt = performance.now();
    const before = load.accepted.size;
    await waitFor(() => load.accepted.size >= before + 300, { what: 'events without the node', timeoutMs: frozenMs });
    await waitFor(() => performance.now() - frozenAt >= frozenMs, {
      what: 'the end of the frost',
      timeoutMs: frozenMs,
    });
    const found = pauses(load);
    leader.thaw();
    ill = undefined;
    await settle(load, `26 SIGSTOP of the node that leads the events, for ${frozenMs / 1_000} s`, found);
  },
);

drill('the queue of events is deleted behind a tap: nothing is accepted until it is there again', async () => {
  const { stage, cluster } = opened;
  const tap = await tapExchange(asked(cluster).url, `${prefix}events`);
  let limit = 300;
  const load = await startLoad('tapped', { limit: () => limit });
  // What lies in a queue goes with it, so it has to be empty.
  await waitFor(() => load.accepted.size === limit && stage.ledger.has(stage.paths, load.accepted), { what: 'calm' });
  await cluster.ctl(asked(cluster), 'delete_queue', `${prefix}events`);
  limit = Infinity;
  load.pause.take();
  stage.ledger.pause.take();
  await waitFor(() => load.accepted.size >= 600, { what: 'events after it', timeoutMs: 60_000 });
  const found = pauses(load);
  await settle(load, '14 the queue of events deleted, a tap bound', { ...found, 'messages tapped': tap.messages() });
  expect(tap.messages()).toBeGreaterThanOrEqual(load.accepted.size / 5);
  await tap.close();
});

drill('the queue of events refuses everything: ingest says so at once, and stays ready', async () => {
  const { stage, cluster, second } = opened;
  const { ingest, delivery } = stage.bus;
  const lines = (message: string) => ingest.log.filter(({ msg }) => msg === message).length;
  const load = await startLoad('capped');
  const saidBefore = lines('publishing fails');
  await Promise.all([delivery.stop(), second.stop()]);
  await cluster.ctl(
    asked(cluster),
    'set_policy',
    'cap',
    '^callbus\\.events$',
    '{"max-length":1}',
    '--apply-to',
    'queues',
  );
  await waitFor(async () => JSON.stringify(await publishing()) === '{"ok":false,"reason":"nacked"}', {
    what: 'the reason',
    timeoutMs: 20_000,
  });
  await waitFor(() => lines('publishing fails') > saidBefore, { what: 'a line in the log' });
  const { names, series } = await scrape(ingest.url);
  expect(names.has('callbus_publishing')).toBe(true);
  expect(series.get('callbus_publishing{reason="none"}')).toBeUndefined();

  await cluster.ctl(asked(cluster), 'clear_policy', 'cap');
  await Promise.all([delivery.start(), second.start()]);
  const before = load.accepted.size;
  await waitFor(() => load.accepted.size >= before + 300, { what: 'events after it', timeoutMs: 90_000 });
  expect(await publishing()).toEqual({ ok: true });
  await settle(load, '25 the queue of events refuses everything', pauses(load));
});
