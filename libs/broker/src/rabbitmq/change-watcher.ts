import { randomUUID } from 'node:crypto';
import type { Channel } from 'amqplib';
import type { Logger } from 'pino';
import type { WatchOptions } from '../broker.js';
import { openWatch, passChange } from '../watch.js';
import type { Session } from './connection.js';

export interface ChangeWatcherOptions extends WatchOptions {
  readonly exchange: string;
  readonly logger: Logger;
}

/** Watches through a queue that lives no longer than the connection. What was announced between two of them, `onOpen` makes up for. */
export function createChangeWatcher(options: ChangeWatcherOptions) {
  const { logger } = options;
  let current: Session<Channel> | undefined;
  let consumerTag = '';
  let isStopped = false;
  let opening = Promise.resolve();

  async function bind(session: Session<Channel>): Promise<void> {
    const { channel } = session;
    // By the exchange's name, under the prefix: what the broker names itself is not what a user of least privilege may declare.
    const queue = `${options.exchange}.${randomUUID()}`;
    await channel.assertQueue(queue, { exclusive: true, durable: false, autoDelete: true });
    await channel.bindQueue(queue, options.exchange, '');
    const onMessage = (message: { content: Buffer } | null) => {
      if (message) passChange(options, message.content, logger);
      else session.drop('the queue of the watcher was deleted');
    };
    consumerTag = (await channel.consume(queue, onMessage, { noAck: true })).consumerTag;
    current = session;
  }

  return {
    isAttachedTo: (session: Session<Channel>) => current === session,
    /** Resolves when changes are received and `onOpen` has resolved, one call at a time over all channels. */
    async attach(session: Session<Channel>): Promise<void> {
      if (isStopped) return;
      await bind(session);
      opening = opening.then(() => openWatch(options, () => session.isOpen() && !isStopped, logger));
      await opening;
    },
    async stop(): Promise<void> {
      isStopped = true;
      await current?.channel.cancel(consumerTag).catch(() => undefined);
    },
  };
}
