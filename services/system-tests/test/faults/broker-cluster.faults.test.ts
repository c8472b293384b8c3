import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openBalancer } from '@callbus/testing/network/balancer';
import { openTogether } from '@callbus/testing/open-together';
import { startPrivatePostgres } from '@callbus/testing/servers/private-postgres';
import {
  hasRabbitmqCluster,
  startRabbitmqCluster,
  type RabbitmqCluster,
  type RabbitmqNode,
} from '@callbus/testing/servers/private-rabbitmq-cluster';
import { startPrivateRedis } from '@callbus/testing/servers/private-redis';
import { waitFor } from '@callbus/testing/wait-for';
import type { Load } from './support/load.js';
import { report } from './support/report.js';
import { openStageOn } from './support/stage.js';

const prefix = 'callbus.';
const eventsPerS = 100;
/** The most events that the failure of a node may repeat: messages that workers hold, and events that are published again. */
const inFlight = 1_000;
const frozenMs = 20_000;
/** The services may continue this much later than RabbitMQ, which takes 6 to 10 s to elect another leader. */
const longestDelayMs = 3_000;

const drill = (await hasRabbitmqCluster()) ? test : test.skip;

function openClusterStage() {
  return openTogether(async (opening) => {
    const remove = (server: { remove(): Promise<void> }) => server.remove();
    const [cluster, postgres, redis] = await Promise.all([
      opening(startRabbitmqCluster(), remove),
      opening(startPrivatePostgres(), remove),
      opening(startPrivateRedis(), remove),
    ]);
    const balancer = await opening(openBalancer(cluster.nodes.map(({ url }) => url)), (each) => each.close());
    const servers = {
      place: {
        amqpUrl: balancer.url,
        brokerPrefix: prefix,
        databaseUrl: postgres.url,
        redisUrl: redis.url,
        redisPrefix: 'callbus:',
      },
      rabbitmq: { ctl: (...args: string[]) => cluster.ctl(healthyNodeOf(cluster), ...args) },
      remove: () => Promise.all([balancer.close(), cluster.remove(), postgres.remove(), redis.remove()]),
    };
    const stage = await openStageOn(Promise.resolve(servers), { subscriptions: 1 });
    const workers = [stage.bus.delivery, await stage.bus.addWorker()];
    return { stage, cluster, balancer, workers };
  });
}

/** The node that is dead or frozen at present. */
let failed: RabbitmqNode | undefined;
function healthyNodeOf({ nodes }: RabbitmqCluster): RabbitmqNode {
  const healthy = nodes.find((node) => node !== failed);
  if (healthy === undefined) throw new Error('no node is healthy');
  return healthy;
}

let opened: Awaited<ReturnType<typeof openClusterStage>>;
beforeAll(async () => {
  if (drill === test) opened = await openClusterStage();
}, 180_000);
afterAll(async () => {
  failed?.thaw();
  if (drill === test) expect(await opened.stage.close()).toEqual([0, 0, 0, 0]);
}, 120_000);

const leaderOfEvents = () => opened.cluster.leaderOf(`${prefix}events`, healthyNodeOf(opened.cluster));

async function startLoad(name: string): Promise<Load> {
  const load = opened.stage.load({ name, eventsPerS, listLength: 5 });
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
function takePauses(load: Load) {
  const [publishing, callbacks] = [load.pause.take(), opened.stage.ledger.pause.take()];
  const figures = {
    'longest without publishing s': seconds(publishing),
    'longest without a callback s': seconds(callbacks),
  };
  return { longestMs: Math.max(publishing, callbacks), figures };
}

/** @returns the node of each connection with this name */
async function nodesOf(name: string): Promise<string[]> {
  const table = await opened.cluster.ctl(
    healthyNodeOf(opened.cluster),
    'list_connections',
    '-q',
    '--no-table-headers',
    'pid',
    'client_properties',
  );
  return table
    .split('\n')
    .filter((line) => line.includes(`"${name}"`))
    .map((line) => line.replace(/\.\d+\.\d+\.\d+>.*/s, ''));
}

drill(
  'after a kill of the node that leads `events` and has all connections of ingest, publishing goes on without it',
  async () => {
    const { stage, balancer } = opened;
    const leader = await leaderOfEvents();
    balancer.prefer(leader.url);
    await stage.bus.ingest.stop();
    await stage.bus.ingest.start();
    balancer.prefer(undefined);
    const load = await startLoad('killed');

    failed = leader;
    await leader.kill();
    const before = load.accepted.size;
    await waitFor(() => load.accepted.size >= before + 500, { what: 'events without the node', timeoutMs: 60_000 });
    const { figures } = takePauses(load);
    await leader.start();
    failed = undefined;
    await settle(load, 'C24 kill of the node that leads the events', figures);
  },
);

drill(
  'while the node that leads `events` and has a connection of each process hangs, publishing and callbacks go on',
  async () => {
    const { stage, balancer, workers } = opened;
    const leader = await leaderOfEvents();
    for (const service of [stage.bus.ingest, ...workers]) {
      await service.stop();
      balancer.preferOnce(leader.url);
      await service.start();
    }
    const [one, other] = ['callbus ingest publish', 'callbus ingest publish spare'].map(nodesOf);
    expect(await one).not.toEqual(await other);
    const load = await startLoad('frozen');

    failed = leader;
    leader.freeze();
    const frozenAt = performance.now();
    await opened.cluster.untilAnotherLeads(`${prefix}events`, leader, healthyNodeOf(opened.cluster));
    const electedMs = performance.now() - frozenAt;
    const before = load.accepted.size;
    await waitFor(() => load.accepted.size >= before + 300, { what: 'events without the node', timeoutMs: frozenMs });
    await waitFor(() => performance.now() - frozenAt >= frozenMs, {
      what: 'the time to thaw the node',
      timeoutMs: frozenMs,
    });
    const { longestMs, figures } = takePauses(load);
    leader.thaw();
    failed = undefined;
    await settle(load, `C26 SIGSTOP of the node that leads the events, for ${frozenMs / 1_000} s`, {
      'another leader after s': seconds(electedMs),
      ...figures,
    });
    expect(longestMs).toBeLessThan(electedMs + longestDelayMs);
  },
);
