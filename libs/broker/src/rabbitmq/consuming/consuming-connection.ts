import type { Channel, ConsumeMessage } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerUnavailable, type Consumer } from '../../broker.js';
import { keepConnected, type Session } from '../connection/connection.js';
import { createAcks, type Acks } from './acks.js';
import { createReadQueues } from '../topology/read-queues.js';
import type { Topology } from '../topology/declare-once.js';
import type { Admit } from '../connection/nodes.js';

export interface ConsumingOptions {
  readonly url: string;
  readonly ca: string | undefined;
  readonly name: string;
  readonly topology: Topology;
  readonly admit: Admit;
  readonly logger: Logger;
  /** Called with the messages that return to their queues because the connection was lost. */
  readonly onLost: (held: readonly ConsumeMessage[]) => void;
}

/** All consumers of a channel share `acks`, because they share the delivery tags of the channel. */
export interface ConsumingSession extends Session<Channel> {
  readonly acks: Acks;
}

/** A consumer or watcher, which has to be attached to each new channel. */
export interface Attachment {
  isAttachedTo(session: ConsumingSession): boolean;
  attach(session: ConsumingSession): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A consuming connection. It has one channel for all consumers and watchers, because the broker keeps the order between two queues only
 * within a channel. On each new channel, consumers are attached only after all watchers are open.
 */
export async function createConsumingConnection(options: ConsumingOptions) {
  const { topology, logger } = options;
  const watchers = new Set<Attachment>();
  const consumers = new Set<Attachment>();
  const waiting = new Map<Attachment, { resolve: () => void; reject: (error: Error) => void }>();
  let open: ConsumingSession | undefined;
  let attaching = Promise.resolve();
  let isClosing = false;

  const connection = await keepConnected<Channel>({
    url: options.url,
    ca: options.ca,
    name: options.name,
    logger,
    admit: options.admit,
    createChannel: (model) => model.createChannel(),
    onOpen: async (session) => {
      await topology.ensure(session.model);
      if (!session.isOpen()) return;
      // A consumer drops its connection when its queue is missing. The next connection declares the queue.
      const drop = (reason: string) => {
        topology.forget();
        session.drop(reason);
      };
      open = { ...session, drop, acks: createAcks(session.channel) };
      attaching = Promise.resolve();
      attachNew();
    },
    onLost: (session) => {
      if (open?.channel !== session.channel) return;
      options.onLost(open.acks.held());
      open = undefined;
    },
    onMissing: () => topology.forget(),
  });

  /** Attaches the watchers and consumers that are not attached yet. Calls run one at a time, because consumers wait for watchers. */
  function attachNew(): void {
    const session = open;
    if (session === undefined) return;
    attaching = attaching
      .then(() => attachAll(session))
      .catch((error: unknown) => {
        if (!session.isOpen()) return;
        logger.error({ err: error }, 'consuming has failed, connecting again');
        session.drop('consuming failed');
      });
  }

  async function attachAll(session: ConsumingSession): Promise<void> {
    for (const attachments of [watchers, consumers]) {
      for (const attachment of attachments) {
        if (!session.isOpen()) return;
        if (!attachment.isAttachedTo(session)) await attachment.attach(session);
        if (session.isOpen()) waiting.get(attachment)?.resolve();
      }
    }
  }

  async function add(attachments: Set<Attachment>, attachment: Attachment): Promise<Consumer> {
    if (isClosing) throw new BrokerUnavailable('the broker is closed');
    const attached = new Promise<void>((resolve, reject) => waiting.set(attachment, { resolve, reject }));
    attachments.add(attachment);
    attachNew();
    await attached.finally(() => waiting.delete(attachment));
    return {
      stop: async () => {
        attachments.delete(attachment);
        await attachment.stop();
      },
    };
  }

  return {
    /** Resolves when the consumer is attached for the first time. */
    addConsumer: (consumer: Attachment) => add(consumers, consumer),
    /** Resolves when the watcher is open for the first time. */
    addWatcher: (watcher: Attachment) => add(watchers, watcher),

    untilReady: () => connection.untilReady(),
    queues: createReadQueues({ names: topology.names, model: () => open?.model }),
    isOpen: () => open !== undefined,
    async close(): Promise<void> {
      isClosing = true;
      for (const { reject } of waiting.values()) reject(new BrokerUnavailable('the broker is closed'));
      const attached = [...watchers, ...consumers];
      watchers.clear();
      consumers.clear();
      await Promise.all(attached.map((attachment) => attachment.stop()));
      await connection.close();
    },
  };
}
