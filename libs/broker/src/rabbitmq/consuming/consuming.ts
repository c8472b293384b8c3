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
  /** Is told of messages that return to their queues because a connection was lost. */
  readonly onLost: (held: readonly ConsumeMessage[]) => void;
}

/** The acks of all consumers go through one object, because they share the channel's delivery tags. */
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
 * The consuming connection: one channel for all consumers and watchers, because the broker keeps the order between two
 * queues only within a channel. On each new channel the watchers are attached first, and no consumer before all of them are open.
 */
export async function createConsuming(options: ConsumingOptions) {
  const { topology, logger } = options;
  const watchers = new Set<Attachment>();
  const consumers = new Set<Attachment>();
  const waiting = new Map<Attachment, { resolve: () => void; reject: (error: Error) => void }>();
  let open: ConsumingSession | undefined;
  let arranging = Promise.resolve();
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
      // A consumer gives up its connection when its queue is gone.
      const drop = (reason: string) => {
        topology.forget();
        session.drop(reason);
      };
      open = { ...session, drop, acks: createAcks(session.channel) };
      arranging = Promise.resolve();
      arrange();
    },
    onLost: (session) => {
      if (open?.channel !== session.channel) return;
      options.onLost(open.acks.held());
      open = undefined;
    },
    onMissing: () => topology.forget(),
  });

  /** Attaches everything that is not attached yet. Calls run one at a time, because consumers wait for watchers. */
  function arrange(): void {
    const session = open;
    if (session === undefined) return;
    arranging = arranging
      .then(() => attachAll(session))
      .catch((error: unknown) => {
        if (!session.isOpen()) return;
        logger.error({ err: error }, 'consuming failed, connecting anew');
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
    arrange();
    await attached.finally(() => waiting.delete(attachment));
    return {
      stop: async () => {
        attachments.delete(attachment);
        await attachment.stop();
      },
    };
  }

  return {
    /** Resolves when the consumer is at work for the first time. */
    addConsumer: (consumer: Attachment) => add(consumers, consumer),
    /** Resolves when the watcher is open for the first time. */
    addWatcher: (watcher: Attachment) => add(watchers, watcher),

    untilReady: () => connection.untilReady(),
    queues: createReadQueues({ names: topology.names, model: () => open?.model }),
    isOpen: () => open !== undefined,
    async close(): Promise<void> {
      isClosing = true;
      for (const { reject } of waiting.values()) reject(new BrokerUnavailable('the broker was closed'));
      const attached = [...watchers, ...consumers];
      watchers.clear();
      consumers.clear();
      await Promise.all(attached.map((attachment) => attachment.stop()));
      await connection.close();
    },
  };
}
