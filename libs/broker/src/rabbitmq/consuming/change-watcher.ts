import { randomUUID } from 'node:crypto';
import type { Channel } from 'amqplib';
import type { Logger } from 'pino';
import type { WatchOptions } from '../../broker.js';
import { openWatch, passChange } from '../../consuming/watch.js';
import type { Session } from '../connection/connection.js';
import { onChannel, type Topology } from '../topology/declare-once.js';
import { announcementKeys } from '../topology/topology.js';

/** The longest time for which a watcher may miss changes without noticing. */
const checkMs = 1_000;

export interface ChangeWatcherOptions extends WatchOptions {
  readonly topology: Topology;
  /** Whether announcements reach the queue; true when that is not known. */
  readonly isRouted: (queue: string) => Promise<boolean>;
  readonly logger: Logger;
}

/** Watches changes through a queue that exists as long as the connection. `onOpen` makes up for changes between two connections. */
export function createChangeWatcher(options: ChangeWatcherOptions) {
  const { topology, of = 'subscriptions', logger } = options;
  const { watchExchange } = topology.names;
  let current: { readonly session: Session<Channel>; readonly queue: string; readonly consumerTag: string } | undefined;
  let isStopped = false;
  let opening = Promise.resolve();
  let checking: Promise<void> | undefined;

  async function consume(session: Session<Channel>): Promise<void> {
    const { channel } = session;
    // A user of least privilege may declare only names with the prefix, so the broker does not choose the name.
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

  /** Probes use the binding by the queue's own name. */
  async function bind(channel: Channel, queue: string): Promise<void> {
    await Promise.all([announcementKeys[of], queue].map((key) => channel.bindQueue(queue, watchExchange, key)));
  }

  function open(session: Session<Channel>): Promise<void> {
    opening = opening.then(() => openWatch(options, () => session.isOpen() && !isStopped, logger));
    return opening;
  }

  /** When an operator deletes an exchange or a binding, the queue stays but receives no more changes. */
  async function check(): Promise<void> {
    if (current === undefined || !current.session.isOpen()) return;
    const { session, queue } = current;
    if (await options.isRouted(queue)) return;
    logger.warn({ of }, 'changes do not arrive any more: declaring their exchanges and bindings again');
    try {
      topology.forget();
      await topology.ensure(session.model);
      // On a channel of its own, because a bind may wait for a hanging node and would stop all consumers.
      await onChannel(session.model, (channel) => bind(channel, queue));
      await open(session);
    } catch (error) {
      logger.error({ err: error }, 'watching changes again has failed');
    }
  }

  const timer = setInterval(() => void (checking ??= check().finally(() => (checking = undefined))), checkMs).unref();

  return {
    isAttachedTo: (session: Session<Channel>) => current?.session === session,
    /** Resolves when changes are received and `onOpen` has resolved. Calls of `onOpen` run one at a time. */
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
