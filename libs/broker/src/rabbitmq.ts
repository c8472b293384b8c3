import { setTimeout as sleep } from 'node:timers/promises';
import type { EventHeaders, EventMessage } from '@callbus/contracts/event';
import { encodeBatch, kindsOf, ofEachKind, type BatchHeaders } from '@callbus/contracts/event-batch';
import { newestFormat, readTable, type MessageFormat, type Table } from '@callbus/contracts/message-format';
import { originalTable, ownHeaders } from '@callbus/contracts/set-aside';
import { routingKeyOf, type WorkQueue } from '@callbus/contracts/topology';
import type { Logger } from 'pino';
import { MessageTooLarge, type Broker } from './broker.js';
import { createChangeWatcher } from './rabbitmq/consuming/change-watcher.js';
import { createConsumingApart } from './rabbitmq/consuming/consuming-apart.js';
import { createForwardAround } from './rabbitmq/publishing/forward-around.js';
import { createFullQueues } from './rabbitmq/publishing/full-queues.js';
import type { Headers } from './rabbitmq/publishing/message-properties.js';
import { createNodes } from './rabbitmq/connection/nodes.js';
import { createPublisher } from './rabbitmq/publishing/publisher.js';
import { createTopology } from './rabbitmq/topology/declare-once.js';
import { namesUnder } from './rabbitmq/topology/topology.js';
import { createWorkConsumer } from './rabbitmq/consuming/work-consumer.js';
import type { NextStep } from './next-step.js';
import { createObservers } from './observing/observers.js';
import { createReturns } from './consuming/returns.js';
import { createLocalSurvivals, type Survivals } from './consuming/survivals.js';
import { createWork, defaultFailurePauseMs, defaultGiveBackDelaysMs } from './consuming/work.js';

export interface RabbitmqBrokerOptions {
  /** `amqp://` or `amqps://`, with credentials and virtual host. */
  readonly url: string;
  /** Certificates to trust instead of the public ones. */
  readonly ca?: string | undefined;
  /** The prefix of all queues and exchanges. */
  readonly prefix: string;
  /** How long a publish waits for its confirm before it rejects. */
  readonly confirmTimeoutMs: number;
  /** The most unconfirmed messages; beyond it a publish rejects. */
  readonly maxUnconfirmed?: number;
  /** The form in which headers are written, the newest by default. All forms are read. */
  readonly format?: MessageFormat;
  /** The delay of a message of a newer form after each return. */
  readonly giveBackDelaysMs?: readonly number[];
  /** The process, as operators see it in the broker's list of connections. */
  readonly name: string;
  readonly logger: Logger;
  /** The broker's consumer time-out: it closes the channel of a consumer that has not acked for so long. The default is RabbitMQ's own. */
  readonly consumerTimeoutMs?: number;
  /** The survivals of messages; by default those of this process. */
  readonly survivals?: Survivals;
  /** How long a message is kept from its queue after its handler has thrown. */
  readonly failurePauseMs?: number;
  /** Gives up waiting for a broker that is not up. */
  readonly signal?: AbortSignal;
}

const defaultConsumerTimeoutMs = 1_800_000;
const lookMs = 5_000;
/** How long a consuming connection waits for a publishing one, which tells of alarms. */
const publisherMs = 2_000;
const publisherLookMs = 20;

/**
 * The broker on RabbitMQ 3.10 to 4.x. Resolves when it is connected and all queues exist, however long that takes. Afterwards it replaces
 * lost connections by itself.
 *
 * @throws when `signal` is aborted before that
 */
export async function createRabbitmqBroker(options: RabbitmqBrokerOptions): Promise<Broker> {
  const { url, ca, logger, signal, format = newestFormat } = options;
  signal?.throwIfAborted();
  const topology = createTopology(namesUnder(options.prefix));
  const { names } = topology;
  const nodes = createNodes(names.nobody);
  const observers = createObservers();

  const publisher = await createPublisher({
    url,
    ca,
    name: `${options.name} publish`,
    topology,
    nodes,
    confirmTimeoutMs: options.confirmTimeoutMs,
    maxUnconfirmed: options.maxUnconfirmed ?? 10_000,
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
  const consuming = await createConsumingApart({
    url,
    ca,
    name: `${options.name} consume`,
    topology,
    admit: nodes.apart(mayAskOfConsuming),
    logger,
    onLost: (held) => returns.outlived(held.map(({ properties }) => readTable(properties.headers).headers)),
  });
  let closing: Promise<void> | undefined;
  const looking = setInterval(() => fullQueues.look(), lookMs).unref();
  const close = () =>
    (closing ??= consuming.close().then(() => {
      clearInterval(looking);
      return publisher.close();
    }));

  /** A connection that publishes during an alarm is blocked, and RabbitMQ would take no more acks from a consuming connection. */
  async function mayAskOfConsuming(): Promise<boolean> {
    const until = performance.now() + publisherMs;
    while (publisher.state() === 'away' && performance.now() < until) await sleep(publisherLookMs);
    return publisher.state() === 'open';
  }

  /** Workers watch changes and consume on the same channel. */
  async function hasWorkers(): Promise<boolean> {
    const states = await consuming.queues();
    return states.some(({ name, consumers }) => name === 'events' && consumers > 0);
  }

  /**
   * A worker waits for room instead of rejecting, because a big fan-out exceeds the unconfirmed messages that are allowed. After a silence
   * it probes the broker first: a message that is sent during an alarm may still be taken when the alarm is over.
   */
  async function publishStep(step: NextStep, body: Buffer): Promise<void> {
    const { queue, after, table } = step;
    const headers: object = step.headers;
    const routingKey = after ? names.retryQueue(after) : names.queue(queue);
    while (publisher.isFull()) await publisher.untilFree();
    const probing = publisher.probe();
    if (probing !== undefined) await probing;
    // Tasks stay in order as far as possible.
    if (queue === 'deliveries' && !after) return publisher.publishInOrder(routingKey, headers, body, table);
    if (after && fullQueues.isFull(`retry.${after.name}`))
      return publisher.publishToFull(routingKey, headers, body, table);
    return publisher.publishMessage(routingKey, headers, body, table);
  }

  /** Divides headers that are too long for one message among several. */
  async function publishInParts(step: NextStep, body: Buffer): Promise<void> {
    try {
      const { queue, after, headers } = step;
      await observers.published(publishStep(step, body), after ? `retry.${after.name}` : queue, headers);
    } catch (error) {
      if (!(error instanceof MessageTooLarge) || step.halve === undefined) throw error;
      const halves = step.halve(step.headers);
      if (halves.length === 0) throw error;
      await Promise.all(halves.map((headers) => publishInParts({ ...step, headers }, body)));
    }
  }

  const forward = createForwardAround({ publish: publishInParts, fullQueues, now: Date.now });

  function publishEvent({ headers, body }: { headers: EventHeaders | BatchHeaders; body: Buffer }): Promise<void> {
    const routingKeys = new Set(kindsOf(headers).map(routingKeyOf));
    const publishing = publisher.publishEvents(names.acceptedExchange, routingKeys, headers, body);
    return observers.published(publishing, 'events', headers);
  }

  function publishInOrder(queue: WorkQueue, headers: Headers, body: Buffer, table?: Table): Promise<void> {
    return observers.published(publisher.publishInOrder(names.queue(queue), headers, body, table), queue, headers);
  }

  async function publishBatch(events: readonly EventMessage[]): Promise<void> {
    if (format >= 3) await publishTogether(events);
    else await Promise.all(ofEachKind(events).map(publishTogether));
  }

  /** Events whose headers are too long for one message share several, one after the other, because their order counts. */
  async function publishTogether(events: readonly EventMessage[]): Promise<void> {
    const [first, ...others] = events;
    if (first === undefined) return;
    if (others.length === 0) return publishEvent(first);
    try {
      await publishEvent(encodeBatch([first, ...others]));
    } catch (error) {
      if (!(error instanceof MessageTooLarge)) throw error;
      const middle = Math.ceil(events.length / 2);
      await publishTogether(events.slice(0, middle));
      await publishTogether(events.slice(middle));
    }
  }

  await untilReady();
  return {
    fits: publisher.fits,
    publishEvent: (event) => observers.confirmed(publishEvent(event)),
    publishBatch: (events) => observers.confirmed(publishBatch(events)),
    publishDelivery: ({ headers, body }) => observers.confirmed(publishInOrder('deliveries', headers, body)),
    putBack: ({ queue, headers, table, body }) =>
      publishInOrder(queue, ownHeaders(headers), body, table && originalTable(table)),
    announceChange: (body) => publisher.announce(names.changesExchange, body, hasWorkers),

    consume(queue, { prefetch, handle }) {
      observers.consuming(queue);
      const work = createWork({
        queue,
        prefetch,
        handle,
        failurePauseMs: options.failurePauseMs ?? defaultFailurePauseMs,
        giveBackDelaysMs: options.giveBackDelaysMs ?? defaultGiveBackDelaysMs,
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
    watchChanges: (watch) =>
      consuming.addWatcher(watch, (each) =>
        createChangeWatcher({ ...each, topology, isRouted: publisher.isRouted, logger }),
      ),

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
