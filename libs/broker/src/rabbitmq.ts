import { setTimeout as sleep } from 'node:timers/promises';
import { newestFormat, readTable, type MessageFormat, type Table } from '@callbus/contracts/messages/message-format';
import { originalTable, ownHeaders } from '@callbus/contracts/messages/set-aside';
import type { RetryTier, WorkQueue } from '@callbus/contracts/messages/topology';
import type { Logger } from 'pino';
import type { Broker, ChangeKind } from './broker.js';
import { createChangeWatcher } from './rabbitmq/consuming/change-watcher.js';
import { createConsumingConnections } from './rabbitmq/consuming/consuming-connections.js';
import { createForwardAround } from './rabbitmq/publishing/forward-around.js';
import { createFullQueues } from './rabbitmq/publishing/full-queues.js';
import type { Headers } from './rabbitmq/publishing/message-properties.js';
import { createNodes } from './rabbitmq/connection/nodes.js';
import { createPublishEvents } from './rabbitmq/publishing/publish-events.js';
import { createPublishStep } from './rabbitmq/publishing/publish-step.js';
import { createPublisher, type PublisherOptions } from './rabbitmq/publishing/publisher.js';
import { createTopology } from './rabbitmq/topology/declare-once.js';
import { announcementKeys, namesUnder } from './rabbitmq/topology/topology.js';
import { createWorkConsumer } from './rabbitmq/consuming/work-consumer.js';
import { createObservers } from './observing/observers.js';
import { createReturns } from './consuming/returns.js';
import { createLocalSurvivals, type Survivals } from './consuming/survivals.js';
import { createWork, failurePauseMs, type WorkOptions } from './consuming/work.js';

export interface RabbitmqBrokerOptions {
  /** `amqp://` or `amqps://`, with credentials and virtual host. */
  readonly url: string;
  /** The certificates of the authorities to trust; the public authorities by default. */
  readonly ca?: string | undefined;
  /** The prefix of all queues and exchanges. */
  readonly prefix: string;
  /** A publish rejects when its confirm takes longer than this. */
  readonly confirmTimeoutMs: number;
  /** The format in which headers are written, by default the newest. Every format is read. */
  readonly format?: MessageFormat;
  /** The retry tier of each return of a message of a newer format. The last one applies to all further returns. */
  readonly giveBackTiers?: readonly RetryTier[];
  /** The name of the process in the broker's list of connections. */
  readonly name: string;
  readonly logger: Logger;
  /** How long the broker waits for the ack of a message before it closes the channel. The default is that of RabbitMQ, 30 minutes. */
  readonly consumerTimeoutMs?: number;
  /** The survivals that this process shares with others; by default it knows only its own. */
  readonly survivals?: Survivals;
  /** Ends the wait for a broker that is not up. */
  readonly signal?: AbortSignal;
}

/** Values that only the tests of the broker change. */
export type RabbitmqBrokerLimits = Pick<PublisherOptions, 'maxUnconfirmed'> & Pick<WorkOptions, 'failurePauseMs'>;

const maxUnconfirmed = 10_000;
const defaultConsumerTimeoutMs = 1_800_000;
const fullQueueCheckMs = 5_000;
/** How long a consuming connection waits for a publishing connection, on which RabbitMQ reports alarms. */
const publisherMs = 2_000;
const publisherCheckMs = 20;

/**
 * The broker on RabbitMQ 3.10 to 4.x. Resolves when it is connected and all queues exist, however long that takes. From then on it replaces
 * lost connections by itself.
 *
 * @throws when `signal` is aborted before it is connected
 */
export const createRabbitmqBroker = (options: RabbitmqBrokerOptions): Promise<Broker> =>
  createRabbitmqBrokerWith({ ...options, maxUnconfirmed, failurePauseMs });

/** The same with other limits. */
export async function createRabbitmqBrokerWith(options: RabbitmqBrokerOptions & RabbitmqBrokerLimits): Promise<Broker> {
  const { url, ca, logger, signal, format = newestFormat } = options;
  signal?.throwIfAborted();
  const topology = createTopology(namesUnder(options.prefix));
  const { names } = topology;
  const nodes = createNodes(names.unroutable);
  const observers = createObservers();

  const publisher = await createPublisher({
    url,
    ca,
    name: `${options.name} publish`,
    topology,
    nodes,
    confirmTimeoutMs: options.confirmTimeoutMs,
    maxUnconfirmed: options.maxUnconfirmed,
    format,
    logger,
  });
  const fullQueues = createFullQueues({
    isKnown: (queue) => publisher.knows(names.queue(queue)),
    now: () => performance.now(),
    onRefused: observers.refused,
    logger,
  });
  const returns = createReturns({ survivals: options.survivals ?? createLocalSurvivals(), logger });
  const consuming = await createConsumingConnections({
    url,
    ca,
    name: `${options.name} consume`,
    topology,
    admit: nodes.apart(mayConsumingPublish),
    logger,
    onLost: (held) => returns.survived(held.map(({ properties }) => readTable(properties.headers).headers)),
  });
  let closing: Promise<void> | undefined;
  const checking = setInterval(() => fullQueues.check(), fullQueueCheckMs).unref();
  const close = () =>
    (closing ??= consuming.close().then(() => {
      clearInterval(checking);
      return publisher.close();
    }));

  /** During an alarm RabbitMQ blocks every connection that publishes and takes no acks from it, so a consuming connection must not publish. */
  async function mayConsumingPublish(): Promise<boolean> {
    const until = performance.now() + publisherMs;
    while (publisher.state() === 'away' && performance.now() < until) await sleep(publisherCheckMs);
    return publisher.state() === 'open';
  }

  /** The number of watches of keys in this process. Other processes may watch keys too, but which do is not known. */
  let keyWatches = 0;

  /** Every worker consumes `events` and watches changes on the same channel. */
  async function isWatched(of: ChangeKind): Promise<boolean> {
    if (of === 'keys') return keyWatches > 0;
    const states = await consuming.queues();
    return states.some(({ name, consumers }) => name === 'events' && consumers > 0);
  }

  const forward = createForwardAround({
    publish: createPublishStep({ publisher, names, fullQueues, observers }),
    fullQueues,
    now: Date.now,
  });

  const { publishEvent, publishBatch } = createPublishEvents({
    publisher,
    exchange: names.acceptedExchange,
    format,
    observers,
  });

  function publishTo(queue: WorkQueue, headers: Headers, body: Buffer, table?: Table): Promise<void> {
    return observers.published(publisher.publishInOrder(names.queue(queue), headers, body, table), queue, headers);
  }

  await untilReady();
  return {
    fits: publisher.fits,
    publishEvent,
    publishBatch,
    publishDelivery: ({ headers, body }) => publishTo('deliveries', headers, body),
    putBack: ({ queue, headers, table, body }) =>
      publishTo(queue, ownHeaders(headers), body, table && originalTable(table)),
    announceChange: (body, of = 'subscriptions') =>
      publisher.announce({ exchange: names.changesExchange, key: announcementKeys[of], body }, () => isWatched(of)),

    consume(queue, { prefetch, handle }) {
      observers.consuming(queue);
      const work = createWork({
        queue,
        prefetch,
        handle,
        failurePauseMs: options.failurePauseMs,
        giveBackTiers: options.giveBackTiers,
        observers,
        logger,
      });
      return consuming.addConsumers(queue, prefetch, (share) =>
        createWorkConsumer({
          prefetch: share,
          queue,
          queueName: names.queue(queue),
          returns,
          holdMs: (options.consumerTimeoutMs ?? defaultConsumerTimeoutMs) / 2,
          work,
          forward,
          isBlocked: () => publisher.state() === 'blocked',
        }),
      );
    },
    watchChanges(watch) {
      if (watch.of === 'keys') keyWatches += 1;
      return consuming.addWatcher(watch, (each) =>
        createChangeWatcher({ ...each, topology, isRouted: publisher.isRouted, logger }),
      );
    },

    queues: consuming.queues,
    state: () => (consuming.isOpen() ? publisher.state() : 'away'),
    observe: observers.add,
    publishing: () => publisher.publishing(),
    close,
  };

  async function untilReady(): Promise<void> {
    const giveUp = () => void close();
    signal?.addEventListener('abort', giveUp);
    try {
      await publisher.untilReady();
      await consuming.untilReady();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }
}
