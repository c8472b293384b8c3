import { setTimeout as sleep } from 'node:timers/promises';
import type { EventHeaders } from '@callbus/contracts/events/event';
import type { MessageFormat, Table } from '@callbus/contracts/messages/message-format';
import type { Logger } from 'pino';
import { BrokerUnavailable, type BrokerState, type Publishing, type PublishingFault } from '../../broker.js';
import type { Topology } from '../topology/declare-once.js';
import { createPropertiesOf, type Headers } from './message-properties.js';
import type { Nodes } from '../connection/nodes.js';
import { createPublishingChannel, type PublishingChannel } from './publishing-channel.js';
import { createPublishingHealth, type Target } from './publishing-health.js';
import { createPublishingLog } from './publishing-log.js';
import { createCapacity, isFull } from './unconfirmed-capacity.js';

/** The limit of bytes of unconfirmed bodies, and so of the memory that a burst may cost. */
const maxUnconfirmedBytes = 64 * 1024 * 1024;

/** Longer than watchers take to notice that their exchange or binding is missing, and to declare it again. */
const watchersMs = 3_000;

const checkMs = 500;
const checksPerProbe = 2;

export interface PublisherOptions {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly name: string;
  readonly topology: Topology;
  readonly nodes: Nodes;
  readonly confirmTimeoutMs: number;
  /** The limit of unconfirmed messages. At the limit a publish rejects at once. */
  readonly maxUnconfirmed: number;
  readonly format: MessageFormat;
  readonly logger: Logger;
}

export type Publisher = Awaited<ReturnType<typeof createPublisher>>;

/**
 * Publishes on an active and a spare connection, on different nodes if several can be reached. The spare connection takes one message for each
 * queue every half second, because a channel that has published to a queue before learns of its new leader, while a new channel waits for a
 * hanging node (docs/decisions/0024-declare-once-and-probe-silent-connections.md).
 */
export async function createPublisher(options: PublisherOptions) {
  const { topology, confirmTimeoutMs, logger } = options;
  const { names } = topology;
  const propertiesOf = createPropertiesOf(options.format);
  const health = createPublishingHealth(() => performance.now());
  const events = health.target(names.queue('events'));
  const everything = health.target('all queues');
  const capacity = createCapacity({ maxMessages: options.maxUnconfirmed, maxBytes: maxUnconfirmedBytes });
  const log = createPublishingLog(logger, faultNow);
  /** The time at which a queue or exchange was last found missing, or no watcher was found. */
  let missingAt = -Infinity;

  const admit = options.nodes.apart(() => Promise.resolve(true));
  const onMissing = () => {
    topology.forget();
    missingAt = performance.now();
  };
  const create = (name: string) =>
    createPublishingChannel({
      onMissing,
      url: options.url,
      ca: options.ca,
      name,
      topology,
      admit,
      confirmTimeoutMs,
      capacity,
      health,
      events,
      logger,
    });
  let active = await create(options.name);
  let spare = await create(`${options.name} spare`);
  let isSpareWell = false;
  /** The targets to which the spare channel has published since the last check. */
  const publishedOnSpare = new Set<Target>();
  let checks = 0;

  /** Swaps the channels when only the spare one is open. @returns the active channel */
  function choose(): PublishingChannel {
    if (active.state() !== 'open' && spare.state() === 'open') swap();
    return active;
  }

  /** A new channel may wait for a hanging node. So it gets one message for the target, and no other while the other channel knows the target. */
  function chooseFor(target: Target): PublishingChannel {
    const channel = chooseByTurn(target);
    if (!channel.isTrying(target)) return channel;
    const other = channel === active ? spare : active;
    return other.state() === 'open' && other.knows(target) ? other : channel;
  }

  function chooseByTurn(target: Target): PublishingChannel {
    if (!isSpareWell || publishedOnSpare.has(target)) return choose();
    publishedOnSpare.add(target);
    return spare.state() === 'open' ? spare : choose();
  }

  function swap(): void {
    [active, spare] = [spare, active];
  }

  function check(): void {
    active.check(spare);
    spare.check(active);
    // The channels also swap whenever no message is under way, so that both publish to every queue. No message can overtake another one then.
    if (spare.isWell() && (capacity.messages === 0 || !active.isWell())) swap();
    isSpareWell = spare.isWell();
    publishedOnSpare.clear();
    checks += 1;
    if (checks % checksPerProbe === 0) for (const channel of [active, spare]) void channel.probe();
    log.check();
  }

  function publish(channel: PublishingChannel, ...message: Parameters<PublishingChannel['publish']>): Promise<void> {
    if (isFull(capacity) && channel.state() === 'open') {
      active.dropIfLost();
      spare.dropIfLost();
      health.failed(everything, 'full');
      return Promise.reject(new BrokerUnavailable('too many messages wait for their confirm'));
    }
    if (everything.fault !== undefined) health.taken(everything);
    return channel.publish(...message);
  }

  function state(): BrokerState {
    return choose().state();
  }

  function faultNow(): { readonly reason: PublishingFault; readonly queue?: string } | undefined {
    const now = state();
    return now === 'open' ? health.worst() : { reason: now };
  }

  const checkTimer = setInterval(check, checkMs).unref();

  return {
    /** Resolves when the message is durable in a queue. Rejects when no queue takes it. */
    publishMessage(routingKey: string, headers: Headers, body: Buffer, table?: Table): Promise<void> {
      const target = health.target(routingKey);
      const channel = chooseFor(target);
      const properties = propertiesOf(headers, channel.nextCorrelationId(), { table });
      return publish(channel, '', routingKey, body, properties, target);
    },
    /** Publishes a message with one or several events. It has the routing keys of all events, so that it reaches every tap of each of them. */
    publishEvents(exchange: string, routingKeys: ReadonlySet<string>, headers: Headers, body: Buffer): Promise<void> {
      const [routingKey = '', ...alsoBy] = routingKeys;
      const channel = chooseFor(events);
      const properties = propertiesOf(headers, channel.nextCorrelationId(), { alsoBy });
      return publish(channel, exchange, routingKey, body, properties, events);
    },
    /** Publishes a message whose order matters. The order is kept while no connection is lost. */
    publishInOrder(routingKey: string, headers: Headers, body: Buffer, table?: Table): Promise<void> {
      const channel = choose();
      const properties = propertiesOf(headers, channel.nextCorrelationId(), { table });
      return publish(channel, '', routingKey, body, properties, health.target(routingKey));
    },
    /** Publishes to a queue that is known to be full, whose refusals say nothing about the channel. */
    publishToFull(routingKey: string, headers: Headers, body: Buffer, table?: Table): Promise<void> {
      const channel = choose();
      const properties = propertiesOf(headers, channel.nextCorrelationId(), { table });
      return publish(channel, '', routingKey, body, properties, undefined);
    },
    /**
     * Resolves when the message is in the queues of all watchers. When the exchange or a binding may have been deleted just now, it first gives
     * the watchers time to declare it again.
     *
     * @param isWatched whether watchers exist. When no queue is bound although they do, the announcement rejects
     */
    async announce(
      { exchange, key, body }: { exchange: string; key: string; body: Buffer },
      isWatched: () => Promise<boolean>,
    ): Promise<void> {
      const waitMs = missingAt + watchersMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const channel = choose();
      const properties = {
        contentType: 'application/json',
        mandatory: true,
        correlationId: channel.nextCorrelationId(),
      };
      try {
        await publish(channel, exchange, key, body, properties, health.target(exchange));
      } catch (error) {
        if (!isReturned(error)) throw error;
        if (!(await isWatched())) return;
        missingAt = performance.now();
        throw error;
      }
    },

    /** Whether both channels have published to the queue before. */
    knows: (routingKey: string) => [active, spare].every((channel) => channel.knows(health.target(routingKey))),
    /** Whether the headers of an event fit into a message. */
    fits: (headers: EventHeaders) => active.fits(headers),
    /** Whether announcements reach the queue; true when that is not known. */
    isRouted: (queue: string) => choose().isRouted(queue),

    /** Whether the next publish would reject for lack of capacity, although the broker takes messages. */
    isFull: () => isFull(capacity) && state() === 'open',
    /** Resolves when capacity may be free. */
    untilFree(): Promise<void> {
      active.dropIfLost();
      return active.untilFree();
    },
    /** After a silence, sends a probe. Resolves when it is known whether the broker takes messages. */
    probe: () => active.probe(),

    /** Resolves when one of the two connections is ready. */
    untilReady: () => Promise.any([active.untilReady(), spare.untilReady()]),
    state,
    publishing(): Publishing {
      const fault = faultNow();
      return fault === undefined ? { ok: true } : { ok: false, reason: fault.reason };
    },
    async close(): Promise<void> {
      clearInterval(checkTimer);
      await Promise.all([active.close(), spare.close()]);
    },
  };
}

function isReturned(error: unknown): boolean {
  return error instanceof BrokerUnavailable && error.fault === 'returned';
}
