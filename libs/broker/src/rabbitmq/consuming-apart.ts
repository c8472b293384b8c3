import type { WorkQueue } from '@callbus/contracts/topology';
import type { Consumer, WatchOptions } from '../broker.js';
import { createConsuming, type Attachment, type ConsumingOptions } from './consuming.js';
import { createMoves, type Movable } from './move-consumers.js';

type Consuming = Awaited<ReturnType<typeof createConsuming>>;

/** Makes the watcher of one connection. */
type CreateWatcher = (watch: WatchOptions) => Attachment;

interface Watch {
  /** For a connection that is being opened. */
  readonly create: () => Attachment;
  /** One on each connection. */
  readonly watchers: Consumer[];
}

/**
 * The connections that consume: one for all, and another for `deliveries` as soon as they are consumed. Their messages stay open for
 * as long as a callback hangs, and while one is open no range of others on its channel can be acked at once, which events, that
 * come thickest, are to be spared. Changes are watched on each, since the broker keeps the order between two queues only within a
 * channel.
 */
export async function createConsumingApart(options: ConsumingOptions) {
  const first = await createConsuming(options);
  const connections = [first];
  const moves = createMoves(connections);
  const watches = new Set<Watch>();
  let ofDeliveries: Promise<Consuming> | undefined;

  async function openAnother(): Promise<Consuming> {
    const created = [...watches].map(({ create, watchers }) => ({ watcher: create(), watchers }));
    const another = await createConsuming({ ...options, name: `${options.name} deliveries` });
    connections.push(another);
    await Promise.all(created.map(async ({ watcher, watchers }) => watchers.push(await another.addWatcher(watcher))));
    return another;
  }

  return {
    /** Resolves when the consumer is at work for the first time. */
    async addConsumer(queue: WorkQueue, consumer: Movable): Promise<Consumer> {
      const connection = queue === 'deliveries' ? await (ofDeliveries ??= openAnother()) : first;
      await connection.addConsumer(consumer);
      moves.add(consumer, connection);
      return {
        stop: async () => {
          moves.remove(consumer);
          await consumer.stop();
        },
      };
    },

    /** Resolves when changes are watched for the first time. */
    async addWatcher(options: WatchOptions, createWatcher: CreateWatcher): Promise<Consumer> {
      const opens = createSharedOpens(options.onOpen);
      const watch: Watch = { create: () => createWatcher({ ...options, onOpen: opens.expect() }), watchers: [] };
      watches.add(watch);
      await Promise.all(
        connections.map(async (connection) => watch.watchers.push(await connection.addWatcher(watch.create()))),
      );
      return {
        stop: async () => {
          watches.delete(watch);
          await Promise.all(watch.watchers.map((watcher) => watcher.stop()));
        },
      };
    },

    untilReady: first.untilReady,
    queues: first.queues,
    isOpen: () => connections.every((connection) => connection.isOpen()),
    async close(): Promise<void> {
      moves.stop();
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

/**
 * Connections that are being opened at the same time open the watch together, when changes are received on all of them: to
 * list 100,000 subscriptions takes a worker three seconds each time.
 */
function createSharedOpens(onOpen: WatchOptions['onOpen']) {
  let missing = 0;
  let shareOpening: ((opening: Promise<void>) => void) | undefined;
  let shared: Promise<void> | undefined;

  return {
    /** @returns how one connection opens the watch, each time when it receives changes again */
    expect(): WatchOptions['onOpen'] {
      let isFirst = true;
      missing += 1;
      return () => {
        if (!isFirst) return onOpen();
        isFirst = false;
        missing -= 1;
        if (missing > 0) return (shared ??= new Promise((resolve) => (shareOpening = resolve)));
        const opening = onOpen();
        shareOpening?.(opening);
        shareOpening = shared = undefined;
        return opening;
      };
    },
  };
}
