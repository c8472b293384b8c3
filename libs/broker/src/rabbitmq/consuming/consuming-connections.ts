import type { WorkQueue } from '@callbus/contracts/messages/topology';
import type { Consumer, WatchOptions } from '../../broker.js';
import { createConsumingConnection, type Attachment, type ConsumingOptions } from './consuming-connection.js';

type ConsumingConnection = Awaited<ReturnType<typeof createConsumingConnection>>;

/** Makes the consumer of one connection. */
type CreateConsumer = (prefetch: number) => Attachment;

/** Makes the watcher of one connection. */
type CreateWatcher = (watch: WatchOptions) => Attachment;

interface Watch {
  /** Makes the watcher of one connection. */
  readonly create: () => Attachment;
  /** The watchers, one on each connection. */
  readonly watchers: Consumer[];
}

/**
 * The consuming connections: a first connection and, once `events` or `deliveries` is consumed, a second connection to another node.
 *
 * `deliveries` is consumed on the second connection only, because the order of deliveries matters and because a delivery stays unacked while
 * its callback hangs. `events` is consumed on both connections, because the order of events does not matter. When the leader of a queue
 * hangs, a channel that begins to consume the queue waits for the leader for a minute, and so does everything else on that channel
 * (RabbitMQ 3.10; docs/decisions/0042-consume-on-two-nodes.md). Changes are watched on each connection, because the broker keeps the order
 * between two queues only within a channel.
 */
export async function createConsumingConnections(options: ConsumingOptions) {
  const first = await createConsumingConnection(options);
  const connections = [first];
  const watches = new Set<Watch>();
  let opening: Promise<ConsumingConnection> | undefined;

  async function openSecond(): Promise<ConsumingConnection> {
    const created = [...watches].map(({ create, watchers }) => ({ watcher: create(), watchers }));
    const second = await createConsumingConnection({ ...options, name: `${options.name} deliveries` });
    connections.push(second);
    await Promise.all(created.map(async ({ watcher, watchers }) => watchers.push(await second.addWatcher(watcher))));
    return second;
  }

  return {
    /** Resolves when the consumers are attached for the first time. */
    async addConsumers(queue: WorkQueue, prefetch: number, create: CreateConsumer): Promise<Consumer> {
      const onSecond = { undelivered: 0, events: Math.floor(prefetch / 2), deliveries: prefetch }[queue];
      const addToSecond = async () => (await (opening ??= openSecond())).addConsumer(create(onSecond));
      const added = await Promise.all([
        ...(onSecond < prefetch ? [first.addConsumer(create(prefetch - onSecond))] : []),
        ...(onSecond > 0 ? [addToSecond()] : []),
      ]);
      return {
        stop: async () => {
          await Promise.all(added.map((consumer) => consumer.stop()));
        },
      };
    },

    /** Resolves when changes are watched for the first time. */
    async addWatcher(options: WatchOptions, createWatcher: CreateWatcher): Promise<Consumer> {
      const opens = createSharedOpens(options.onOpen);
      const watch: Watch = { create: () => createWatcher({ ...options, onOpen: opens.forConnection() }), watchers: [] };
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
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

/**
 * Connections that open at the same time share one call of `onOpen`, made once all of them receive changes, because the call is expensive:
 * listing 100,000 subscriptions takes a worker three seconds.
 */
function createSharedOpens(onOpen: WatchOptions['onOpen']) {
  let missing = 0;
  let shareOpening: ((opening: Promise<void>) => void) | undefined;
  let shared: Promise<void> | undefined;

  return {
    /** @returns the `onOpen` of one connection */
    forConnection(): WatchOptions['onOpen'] {
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
