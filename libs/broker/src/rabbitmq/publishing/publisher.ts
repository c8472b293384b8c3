import { setTimeout as sleep } from 'node:timers/promises';
import type { EventHeaders } from '@callbus/contracts/event';
import type { MessageFormat, Table } from '@callbus/contracts/message-format';
import type { Logger } from 'pino';
import { BrokerUnavailable, type BrokerState, type Publishing, type PublishingFault } from '../../broker.js';
import type { Topology } from '../topology/declare-once.js';
import { createPropertiesOf, type Headers } from './message-properties.js';
import type { Nodes } from '../connection/nodes.js';
import { createPublishingChannel, type PublishingChannel } from './publishing-channel.js';
import { createPublishingHealth, type Target } from './publishing-health.js';
import { createPublishingLog } from './publishing-log.js';
import { createCapacity, isFull } from './unconfirmed-capacity.js';

/** The most bytes of unconfirmed bodies: the memory that a burst may cost. */
const maxUnconfirmedBytes = 64 * 1024 * 1024;

/** Longer than watchers take to notice that their exchange or binding is gone, and to declare it again. */
const watchersMs = 3_000;

const lookMs = 500;
const looksPerProbe = 2;

export interface PublisherOptions {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly name: string;
  readonly topology: Topology;
  readonly nodes: Nodes;
  readonly confirmTimeoutMs: number;
  readonly maxUnconfirmed: number;
  readonly format: MessageFormat;
  readonly logger: Logger;
}

/**
 * Publishes on one of two connections, which are on different nodes where a balancer or a name with several addresses leads to several.
 * Both are in use, because a channel that has published to a queue before learns of its new leader, while a new channel waits for a hanging
 * node (docs/decisions/0024-declare-once-and-probe-silent-connections.md): every half second one message for each queue goes through the spare
 * connection.
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
  /** When a declared queue or exchange, or every watcher's queue, was last found missing. */
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
  /** The targets to which the spare channel has published since the last look. */
  const spared = new Set<Target>();
  let looks = 0;

  /** Swaps the channels when the spare one is better. @returns the active one */
  function choose(): PublishingChannel {
    if (active.state() !== 'open' && spare.state() === 'open') swap();
    return active;
  }

  function chooseFor(target: Target): PublishingChannel {
    if (!isSpareWell || spared.has(target)) return choose();
    spared.add(target);
    return spare.state() === 'open' ? spare : choose();
  }

  function swap(): void {
    [active, spare] = [spare, active];
  }

  function look(): void {
    active.look(spare);
    spare.look(active);
    // The channels swap while nothing is under way, so that both learn of every queue and no message overtakes another.
    if (spare.isWell() && (capacity.messages === 0 || !active.isWell())) swap();
    isSpareWell = spare.isWell();
    spared.clear();
    looks += 1;
    if (looks % looksPerProbe === 0) for (const channel of [active, spare]) void channel.probe();
    log.look();
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

  const lookTimer = setInterval(look, lookMs).unref();

  return {
    /** Resolves when the message is safe in a queue; rejects when no queue takes it. */
    publishMessage(routingKey: string, headers: Headers, body: Buffer, table?: Table): Promise<void> {
      const target = health.target(routingKey);
      const channel = chooseFor(target);
      const properties = propertiesOf(headers, channel.nextCorrelationId(), { table });
      return publish(channel, '', routingKey, body, properties, target);
    },
    /** The same for events, with the routing keys of all of them, so that a tap of any event gets the message. */
    publishEvents(exchange: string, routingKeys: ReadonlySet<string>, headers: Headers, body: Buffer): Promise<void> {
      const [routingKey = '', ...alsoBy] = routingKeys;
      const channel = chooseFor(events);
      const properties = propertiesOf(headers, channel.nextCorrelationId(), { alsoBy });
      return publish(channel, exchange, routingKey, body, properties, events);
    },
    /** The same for messages to one queue whose order counts, as long as no connection is lost. */
    publishInOrder(routingKey: string, headers: Headers, body: Buffer, table?: Table): Promise<void> {
      const channel = choose();
      const properties = propertiesOf(headers, channel.nextCorrelationId(), { table });
      return publish(channel, '', routingKey, body, properties, health.target(routingKey));
    },
    /** The same for a queue that is known to be full: its refusals tell nothing about the channel. */
    publishToFull(routingKey: string, headers: Headers, body: Buffer, table?: Table): Promise<void> {
      const channel = choose();
      const properties = propertiesOf(headers, channel.nextCorrelationId(), { table });
      return publish(channel, '', routingKey, body, properties, undefined);
    },
    /**
     * Resolves when the message is in the queues of the watchers. It first waits for watchers that may just have lost their exchange or binding.
     *
     * @param isWatched whether there should be watchers: after the exchange was deleted and declared again, none is bound
     */
    async announce(exchange: string, body: Buffer, isWatched: () => Promise<boolean>): Promise<void> {
      const waitMs = missingAt + watchersMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const channel = choose();
      const properties = {
        contentType: 'application/json',
        mandatory: true,
        correlationId: channel.nextCorrelationId(),
      };
      try {
        await publish(channel, exchange, '', body, properties, health.target(exchange));
      } catch (error) {
        if (!isReturned(error)) throw error;
        if (!(await isWatched())) return;
        missingAt = performance.now();
        throw error;
      }
    },

    /** Whether both channels have published to the queue before. */
    knows: (routingKey: string) => [active, spare].every((channel) => channel.knows(health.target(routingKey))),
    /** Whether an event's headers fit into a message. */
    fits: (headers: EventHeaders) => active.fits(headers),
    /** Whether announcements reach the queue; true when it is not known. */
    isRouted: (queue: string) => choose().isRouted(queue),

    /** Whether a message would be rejected for lack of room, and waiting for room makes sense. */
    isFull: () => isFull(capacity) && state() === 'open',
    /** Resolves when it makes sense to ask for room again. */
    untilFree(): Promise<void> {
      active.dropIfLost();
      return active.untilFree();
    },
    /** After a silence: resolves when it is known whether the broker takes messages. */
    probe: () => active.probe(),

    /** Resolves when the first connection is ready. */
    untilReady: () => Promise.any([active.untilReady(), spare.untilReady()]),
    state,
    publishing(): Publishing {
      const fault = faultNow();
      return fault === undefined ? { ok: true } : { ok: false, reason: fault.reason };
    },
    async close(): Promise<void> {
      clearInterval(lookTimer);
      await Promise.all([active.close(), spare.close()]);
    },
  };
}

function isReturned(error: unknown): boolean {
  return error instanceof BrokerUnavailable && error.fault === 'returned';
}
