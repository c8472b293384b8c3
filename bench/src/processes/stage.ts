import { createDatabase, databaseUrlOf } from '@callbus/testing/servers/databases';
import { startPrivateServers } from '@callbus/testing/servers/private-servers';
import { startBus, type Bus } from './bus.js';
import { here, type Checkout } from './checkout.js';
import { startProgram, type Program } from './program.js';
import type { FloorIngestCommands } from '../programs/floor-ingest.js';
import type { FloorWorkerCommands } from '../programs/floor-worker.js';
import type { QueueCommands } from '../programs/queue.js';
import { openTraffic, type TrafficOptions } from './traffic.js';
import { findServers, type Processes } from './usage.js';

/** The stage of the cases: private servers, traffic, and the programs of the floor. */
export type Stage = Awaited<ReturnType<typeof openStage>>;

/** The defaults of the bus: concurrent messages of a queue, and concurrent callbacks of a subscription. */
const prefetch = 500;
const connections = 64;
const floorQueue = 'floor';

export interface StageOptions {
  readonly traffic?: TrafficOptions;
  /** Further options of Redis. */
  readonly redis?: readonly string[];
}

export async function openStage({ traffic: trafficOptions, redis = [] }: StageOptions = {}) {
  const privateServers = await startPrivateServers({ redis });
  const { rabbitmq, postgres } = privateServers;
  const queue = startProgram<QueueCommands>('queue');
  const floorIngest = startProgram<FloorIngestCommands>('floor-ingest');
  const amqpUrl = rabbitmq.url;
  const [traffic, floorUrl] = await Promise.all([
    openTraffic(trafficOptions),
    floorIngest.ask('listen', { amqpUrl, queue: floorQueue }),
  ]);
  const servers = findServers();
  const buses: Bus[] = [];
  let floorWorker: Program<FloorWorkerCommands> | undefined;

  return {
    ...traffic,
    amqpUrl,
    queue,
    rabbitmqVersion: () => rabbitmq.ctl('version'),

    floor: {
      url: floorUrl,
      queue: floorQueue,
      /** Starts a new worker that posts to these paths. */
      async startWorker(paths: readonly string[]): Promise<void> {
        await floorWorker?.stop();
        floorWorker = startProgram<FloorWorkerCommands>('floor-worker');
        await floorWorker.ask('aim', { origin: traffic.receiverUrl, paths });
        await floorWorker.ask('consume', { amqpUrl, queue: floorQueue, prefetch, connections });
      },
      /** Sets the paths that the worker posts to from now on. */
      async aim(paths: readonly string[]): Promise<void> {
        await floorWorker?.ask('aim', { origin: traffic.receiverUrl, paths });
      },
      async stopWorker(): Promise<void> {
        await floorWorker?.stop();
        floorWorker = undefined;
      },
    },

    /** A bus without subscriptions and without workers, with a database, queues and keys of its own. */
    async startBus(checkout: Checkout = here): Promise<Bus> {
      const name = `bench${buses.length}`;
      await createDatabase(postgres.url, name);
      const databaseUrl = databaseUrlOf(postgres.url, name);
      const bus = await startBus({ checkout, amqpUrl, databaseUrl, redisUrl: privateServers.redis.url, name });
      buses.push(bus);
      return bus;
    },
    /** Stops all buses and the floor's worker. Called after each case. */
    async stopAll(): Promise<void> {
      await Promise.all([...buses, floorWorker].map(async (each) => each?.stop()));
      floorWorker = undefined;
    },

    /** All processes of a run with this bus, or with the floor. */
    processesOf: (bus: Bus | 'floor'): Processes => ({
      ...(bus === 'floor'
        ? { ingest: [floorIngest.pid], ...(floorWorker && { delivery: [floorWorker.pid] }) }
        : bus.processes()),
      ...servers,
      ...traffic.processes,
    }),

    async close(): Promise<void> {
      await Promise.all([queue, floorIngest, ...buses, floorWorker].map(async (each) => each?.stop()));
      await traffic.close();
      await privateServers.remove();
    },
  };
}
