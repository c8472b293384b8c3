import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, databaseUrlOf } from '@callbus/testing/servers/databases';
import { startPrivateServers } from '@callbus/testing/servers/private-servers';
import { startBus, type Bus } from './bus.js';
import { here, type Checkout } from './checkout.js';
import { wholeEvents } from '../load/event-bytes.js';
import { startProgram, type Program } from './program.js';
import type { FloorIngestCommands } from '../programs/floor-ingest.js';
import type { FloorWorkerCommands } from '../programs/floor-worker.js';
import type { LoadCommands, LoadOptions, LoadResult } from '../programs/load.js';
import type { QueueCommands } from '../programs/queue.js';
import type { Received, ReceiverCommands } from '../programs/receiver.js';
import { findServers, type Processes } from './usage.js';

/** The stage of the cases: servers of the benchmark's own, a load generator, a receiver, and the floor's programs. */
export type Stage = Awaited<ReturnType<typeof openStage>>;

/** The defaults of the bus: concurrent messages of a queue, and concurrent callbacks of a subscription. */
const prefetch = 500;
const connections = 64;
const floorQueue = 'floor';

const settleMs = 300;
/** The sequences that a run takes when it is bounded by time. */
const most = 1_000_000;
/** When no callback comes for this long, the missing ones count as lost. */
const idleMs = 8_000;

export async function openStage() {
  const privateServers = await startPrivateServers();
  const { rabbitmq, postgres, redis } = privateServers;
  const load = startProgram<LoadCommands>('load');
  const receiver = startProgram<ReceiverCommands>('receiver');
  const queue = startProgram<QueueCommands>('queue');
  const floorIngest = startProgram<FloorIngestCommands>('floor-ingest');
  const amqpUrl = rabbitmq.url;
  const [receiverUrl, floorUrl] = await Promise.all([
    receiver.ask('listen'),
    floorIngest.ask('listen', { amqpUrl, queue: floorQueue }),
  ]);
  const servers = findServers();
  const programs = [load, receiver, queue, floorIngest];
  const buses: Bus[] = [];
  let floorWorker: Program<FloorWorkerCommands> | undefined;
  let sequence = 0;

  /** Sequences that no event had before, so that no event is taken for a repeat. */
  function takeSequence(events: number): number {
    const first = sequence;
    sequence += wholeEvents(events);
    return first;
  }

  return {
    amqpUrl,
    receiverUrl,
    receiver,
    queue,
    rabbitmqVersion: () => rabbitmq.ctl('version'),

    floor: {
      url: floorUrl,
      queue: floorQueue,
      /** Starts a new worker that posts to these paths. */
      async startWorker(paths: readonly string[]): Promise<void> {
        await floorWorker?.stop();
        floorWorker = startProgram<FloorWorkerCommands>('floor-worker');
        await floorWorker.ask('aim', { origin: receiverUrl, paths });
        await floorWorker.ask('consume', { amqpUrl, queue: floorQueue, prefetch, connections });
      },
      /** Sets the paths that the worker posts to from now on. */
      async aim(paths: readonly string[]): Promise<void> {
        await floorWorker?.ask('aim', { origin: receiverUrl, paths });
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
      const bus = await startBus({ checkout, amqpUrl, databaseUrl, redisUrl: redis.url, name });
      buses.push(bus);
      return bus;
    },
    /** Call it after a case, so that the next one begins with nothing running. */
    async stopAll(): Promise<void> {
      await Promise.all([...buses, floorWorker].map(async (each) => each?.stop()));
      floorWorker = undefined;
    },

    /** All processes that take part in a run with this bus, or with the floor. */
    processesOf: (bus: Bus | 'floor'): Processes => ({
      ...(bus === 'floor'
        ? { ingest: [floorIngest.pid], ...(floorWorker && { delivery: [floorWorker.pid] }) }
        : bus.processes()),
      ...servers,
      load: [load.pid],
      receiver: [receiver.pid],
    }),

    /** Publishes events. From now on the receiver counts only their callbacks. */
    async publish(options: Omit<LoadOptions, 'sequence'>): Promise<LoadResult> {
      const first = takeSequence('events' in options.until ? options.until.events : most);
      await receiver.ask('reset', { first });
      return load.ask('publish', { ...options, sequence: first });
    },

    /** Waits until this number of different callbacks has come, or no more come, and a moment longer for repeats. */
    async settle(distinct: number): Promise<Received> {
      await receiver.ask('until', { distinct, idleMs });
      await sleep(settleMs);
      return receiver.ask('received');
    },

    async close(): Promise<void> {
      await Promise.all([...programs, ...buses, floorWorker].map(async (each) => each?.stop()));
      await privateServers.remove();
    },
  };
}
