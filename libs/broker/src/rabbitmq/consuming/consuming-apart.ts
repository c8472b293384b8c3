import type { WorkQueue } from '@callbus/contracts/topology';
import type { Consumer, WatchOptions } from '../../broker.js';
import { createConsuming, type Attachment, type ConsumingOptions } from './consuming.js';

type Consuming = Awaited<ReturnType<typeof createConsuming>>;

/** Makes the consumer of one connection. */
type CreateConsumer = (prefetch: number) => Attachment;

/** Makes the watcher of one connection. */
type CreateWatcher = (watch: WatchOptions) => Attachment;

interface Watch {
  /** For a connection that is being opened. */
  readonly create: () => Attachment;
  /** One on each connection. */
  readonly watchers: Consumer[];
}

/**
 * The consuming connections: a first one, and a second one to another node as soon as `events` or `deliveries` are
 * consumed.
 *
 * Deliveries are consumed on the second only: their order counts, and their messages stay unacked for as long as a
 * callback hangs. The order of events does not count, so events are consumed on both connections at all times: when a
 * queue's leader hangs, a channel that begins to consume the queue waits a minute for the leader, and so does
 * everything else on the channel (RabbitMQ 3.10; docs/decisions/0042-consume-on-two-nodes.md). Changes are watched on
 * each connection, because the broker keeps the order between two queues only within a channel.
 */
export async function createConsumingApart(options: ConsumingOptions) {
  const first = await createConsuming(options);
  const connections = [first];
  const watches = new Set<Watch>();
  let opening: Promise<Consuming> | undefined;

  async function openSecond(): Promise<Consuming> {
    const created = [...watches].map(({ create, watchers }) => ({ watcher: create(), watchers }));
    const second = await createConsuming({ ...options, name: `${options.name} deliveries` });
    connections.push(second);
    await Promise.all(created.map(async ({ watcher, watchers }) => watchers.push(await second.addWatcher(watcher))));
    return second;
  }

  return {
    /** Resolves when the consumers are at work for the first time. */
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
 * Connections that are opened at the same time open the watch together, once all of them receive changes: listing 100,000 subscriptions
 * takes a worker three seconds.
 */
function createSharedOpens(onOpen: WatchOptions['onOpen']) {
  let missing = 0;
  let shareOpening: ((opening: Promise<void>) => void) | undefined;
  let shared: Promise<void> | undefined;

  return {
    /** @returns the function by which one connection opens the watch each time that it receives changes again */
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
