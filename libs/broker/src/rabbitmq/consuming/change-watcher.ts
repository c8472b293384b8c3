import { randomUUID } from 'node:crypto';
import type { Channel } from 'amqplib';
import type { Logger } from 'pino';
import type { WatchOptions } from '../../broker.js';
import { openWatch, passChange } from '../../consuming/watch.js';
import type { Session } from '../connection/connection.js';
import { onChannel, type Topology } from '../topology/declare-once.js';

/** The longest time for which a watcher may miss changes unnoticed. */
const lookMs = 1_000;

export interface ChangeWatcherOptions extends WatchOptions {
  readonly topology: Topology;
  /** Whether announcements reach the queue; true when it is not known. */
  readonly isRouted: (queue: string) => Promise<boolean>;
  readonly logger: Logger;
}

/** Watches through a queue that lives no longer than the connection. `onOpen` makes up for changes that were announced between two connections. */
export function createChangeWatcher(options: ChangeWatcherOptions) {
  const { topology, logger } = options;
  const { watchExchange } = topology.names;
  let current: { readonly session: Session<Channel>; readonly queue: string; readonly consumerTag: string } | undefined;
  let isStopped = false;
  let opening = Promise.resolve();
  let looking: Promise<void> | undefined;

  async function consume(session: Session<Channel>): Promise<void> {
    const { channel } = session;
    // By the exchange's name, under the prefix: what the broker names itself is not what a user of least privilege may declare.
    const queue = `${topology.names.changesExchange}.${randomUUID()}`;
    await channel.assertQueue(queue, { exclusive: true, durable: false, autoDelete: true });
    await bind(channel, queue);
    const { consumerTag } = await channel.consume(
      queue,
      (message) => {
        if (message === null) session.drop('the queue of the watcher was deleted');
        else if (message.fields.routingKey !== queue) passChange(options, message.content, logger);
      },
      { noAck: true },
    );
    current = { session, queue, consumerTag };
  }

  /** The queue is bound by its own name too, which the probes use. */
  async function bind(channel: Channel, queue: string): Promise<void> {
    await Promise.all(['', queue].map((key) => channel.bindQueue(queue, watchExchange, key)));
  }

  function open(session: Session<Channel>): Promise<void> {
    opening = opening.then(() => openWatch(options, () => session.isOpen() && !isStopped, logger));
    return opening;
  }

  /** When an operator deletes an exchange or a binding, the queue stays, but receives no changes. */
  async function look(): Promise<void> {
    if (current === undefined || !current.session.isOpen()) return;
    const { session, queue } = current;
    if (await options.isRouted(queue)) return;
    logger.warn('subscription changes do not arrive any more: declaring what leads to them again');
    try {
      topology.forget();
      await topology.ensure(session.model);
      // In parallel to the consumers, because a bind may wait for a hanging node.
      await onChannel(session.model, (channel) => bind(channel, queue));
      await open(session);
    } catch (error) {
      logger.error({ err: error }, 'watching subscription changes again failed');
    }
  }

  const timer = setInterval(() => void (looking ??= look().finally(() => (looking = undefined))), lookMs).unref();

  return {
    isAttachedTo: (session: Session<Channel>) => current?.session === session,
    /** Resolves when changes are received and `onOpen` has resolved, one call at a time over all channels. */
    async attach(session: Session<Channel>): Promise<void> {
      if (isStopped) return;
      await consume(session);
      await open(session);
    },
    async stop(): Promise<void> {
      isStopped = true;
      clearInterval(timer);
      await current?.session.channel.cancel(current.consumerTag).catch(() => undefined);
    },
  };
}
