import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPrivatePostgres } from '@callbus/testing/servers/private-postgres';
import {
  hasRabbitmqCluster,
  startRabbitmqCluster,
  type RabbitmqCluster,
  type RabbitmqNode,
} from '@callbus/testing/servers/private-rabbitmq-cluster';
import { startPrivateRedis } from '@callbus/testing/servers/private-redis';
import { waitFor } from '@callbus/testing/wait-for';
import { openBalancer } from './support/balancer.js';
import type { Load } from './support/load.js';
import { report } from './support/report.js';
import { openStageOn } from './support/stage.js';

const prefix = 'callbus.';
const eventsPerS = 100;
/** What a fault on a node may have taken without our knowing: what was in hand, and what is published again. */
const inFlight = 1_000;
const frozenMs = 20_000;
/** Twice as long as RabbitMQ takes to have another leader, and as it takes us to give a silent connection up. */
const longestPauseMs = 13_000;

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
  const workers = [stage.bus.delivery, await stage.bus.addWorker()];
  return { stage, cluster, balancer, workers };
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
  const told = {
    'longest without publishing s': seconds(publishing),
    'longest without a callback s': seconds(callbacks),
  };
  return { longestMs: Math.max(publishing, callbacks), told };
}

/** @returns the node of each connection by the name */
async function nodesOf(name: string): Promise<string[]> {
  const table = await opened.cluster.ctl(
    asked(opened.cluster),
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
    const { told } = takePauses(load);
    await leader.start();
    ill = undefined;
    await settle(load, 'C24 kill of the node that leads the events', told);
  },
);

drill(
  'the node hangs that leads the events and carries a connection of each process: publishing and callbacks go on before it is back',
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

    ill = leader;
    leader.freeze();
    const frozenAt = performance.now();
    const before = load.accepted.size;
    await waitFor(() => load.accepted.size >= before + 300, { what: 'events without the node', timeoutMs: frozenMs });
    await waitFor(() => performance.now() - frozenAt >= frozenMs, {
      what: 'the end of the frost',
      timeoutMs: frozenMs,
    });
    const { longestMs, told } = takePauses(load);
    leader.thaw();
    ill = undefined;
    await settle(load, `C26 SIGSTOP of the node that leads the events, for ${frozenMs / 1_000} s`, told);
    expect(longestMs).toBeLessThan(longestPauseMs);
  },
);
