import type { WorkQueue } from '@callbus/contracts/topology';
import type { Consumer } from '../broker.js';
import { createConsuming, type Attachment, type ConsumingOptions } from './consuming.js';

type Consuming = Awaited<ReturnType<typeof createConsuming>>;

interface Watch {
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
  const watches = new Set<Watch>();
  let ofDeliveries: Promise<Consuming> | undefined;

  async function openAnother(): Promise<Consuming> {
    const another = await createConsuming({ ...options, name: `${options.name} deliveries` });
    connections.push(another);
    await Promise.all([...watches].map((watch) => watchOn(another, watch)));
    return another;
  }

  async function watchOn(connection: Consuming, { create, watchers }: Watch): Promise<void> {
    watchers.push(await connection.addWatcher(create()));
  }

  return {
    /** Resolves when the consumer is at work for the first time. */
    async addConsumer(queue: WorkQueue, consumer: Attachment): Promise<Consumer> {
      const connection = queue === 'deliveries' ? await (ofDeliveries ??= openAnother()) : first;
      return connection.addConsumer(consumer);
    },

    /** @param create makes the watcher of one connection. Resolves when changes are watched for the first time */
    async addWatcher(create: () => Attachment): Promise<Consumer> {
      const watch: Watch = { create, watchers: [] };
      watches.add(watch);
      await Promise.all(connections.map((connection) => watchOn(connection, watch)));
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
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}
