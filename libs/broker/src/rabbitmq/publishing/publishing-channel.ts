import type { EventHeaders } from '@callbus/contracts/event';
import type { Table } from '@callbus/contracts/message-format';
import { IllegalOperationError, type ConfirmChannel, type Message, type Options } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerUnavailable, MessageTooLarge, type BrokerState } from '../../broker.js';
import { keepConnected, type Session } from '../connection/connection.js';
import type { Topology } from '../topology/declare-once.js';
import { encodeByHand } from './encode-publish.js';
import { fits, fitsWithGrowth, headersMaxBytes } from './header-limit.js';
import { createMending } from '../topology/mend-topology.js';
import type { Admit } from '../connection/nodes.js';
import { createChannelHealth, type Place, type PublishingHealth, type Target } from './publishing-health.js';
import { createRouteProbe } from '../topology/route-probe.js';
import { createUnconfirmed, type Unconfirmed } from './unconfirmed.js';
import type { Capacity } from './unconfirmed-capacity.js';

/** After how many further confirm time-outs the confirm of a message is taken for lost. */
const lostAfterTimeouts = 5;

/** RabbitMQ tells of an alarm only a connection that publishes. A channel without publishes for this long sends a probe. */
const silenceMs = 200;

/** A publish that has waited for this long should have used the other channel. */
const slowMs = 1_000;

export interface PublishingChannelOptions {
  readonly url: string;
  readonly ca: string | undefined;
  readonly name: string;
  readonly topology: Topology;
  readonly admit: Admit;
  readonly confirmTimeoutMs: number;
  readonly capacity: Capacity;
  readonly health: PublishingHealth;
  /** The target of the queue `events`: taps may hide that it is missing. */
  readonly events: Target;
  /** The broker has reported a missing queue or exchange. */
  readonly onMissing: () => void;
  readonly logger: Logger;
}

interface OpenChannel {
  readonly session: Session<ConfirmChannel>;
  readonly unconfirmed: Unconfirmed;
  readonly headersMaxBytes: number;
  readonly isRouted: ReturnType<typeof createRouteProbe>;
  isBlocked: boolean;
}

export type PublishingChannel = Awaited<ReturnType<typeof createPublishingChannel>>;

/** A channel that publishes with confirms on a connection of its own, which the broker may block. A lost channel is replaced. */
export async function createPublishingChannel(options: PublishingChannelOptions) {
  const { topology, health, events, logger } = options;
  const { names } = topology;
  const channelHealth = createChannelHealth({
    health,
    now: () => performance.now(),
    confirmTimeoutMs: options.confirmTimeoutMs,
  });
  const mending = createMending({ names, logger, model: () => open?.session.model });
  let open: OpenChannel | undefined;
  /** When the broker last confirmed anything. */
  let heardAt = -Infinity;
  let probing: Promise<void> | undefined;
  let treating: Promise<void> | undefined;

  const connection = await keepConnected<ConfirmChannel>({
    url: options.url,
    ca: options.ca,
    name: options.name,
    logger,
    admit: options.admit,
    createChannel: (model) => model.createConfirmChannel(),
    onOpen: async (session) => {
      await topology.ensure(session.model);
      if (!session.isOpen()) return;
      open = start(session);
      // A new channel did not help the last time: the queue's binding may be missing.
      if (events.givenUp > 1) mending.declare();
    },
    onLost: (session, reason) => {
      if (open?.session !== session) return;
      open.unconfirmed.close(reason);
      open = undefined;
    },
    onMissing: options.onMissing,
  });

  function start(session: Session<ConfirmChannel>): OpenChannel {
    const { model, channel } = session;
    encodeByHand(model);
    channelHealth.opened();
    const unconfirmed = createUnconfirmed({
      confirmTimeoutMs: options.confirmTimeoutMs,
      capacity: options.capacity,
      createError: (reason, fault) => new BrokerUnavailable(reason, undefined, fault),
      health: channelHealth,
    });
    const opened = {
      session,
      unconfirmed,
      headersMaxBytes: headersMaxBytes(model),
      isRouted: createRouteProbe(model, names),
      isBlocked: session.isBlocked,
    };
    channel.on('ack', ({ deliveryTag, multiple }) => {
      heardAt = performance.now();
      if (unconfirmed.confirm(deliveryTag, multiple)) channelHealth.noteTaken(heardAt);
    });
    channel.on('nack', ({ deliveryTag, multiple }) => unconfirmed.refuse(deliveryTag, multiple));
    channel.on('return', (message) => onReturned(unconfirmed, message));
    model.on('blocked', (reason) => {
      logger.warn({ reason }, 'rabbitmq takes no messages');
      opened.isBlocked = true;
      unconfirmed.failAll('rabbitmq takes no messages now');
    });
    model.on('unblocked', () => {
      logger.info('rabbitmq takes messages again');
      opened.isBlocked = false;
    });
    return opened;
  }

  function onReturned(unconfirmed: Unconfirmed, message: Message): void {
    if (message.fields.exchange === names.changesExchange) {
      unconfirmed.returned(tagOf(message), 'nobody hears of changes', false);
      return;
    }
    unconfirmed.returned(tagOf(message), 'the queue is missing and about to be declared again');
    mending.declareLater();
  }

  /** When nothing is taken, either the queue is missing, which taps of the events hide, or another channel may succeed. */
  async function treat({ session }: OpenChannel, place: Place): Promise<void> {
    const { target, stuckFor } = place;
    if (target === events && stuckFor === 'nacked' && (await mending.isMissing(target.name))) {
      channelHealth.returned(place);
      mending.declare();
    } else if (place.stuckSince !== undefined) {
      health.notMissing(target);
      target.givenUp += 1;
      session.drop(`nothing is taken for ${target.name}: ${stuckFor}`);
    }
  }

  /** @param target undefined for a probe, whose confirm tells nothing about a queue */
  function publish(
    exchange: string,
    routingKey: string,
    body: Buffer,
    properties: Options.Publish,
    target: Target | undefined,
  ): Promise<void> {
    if (open === undefined) return Promise.reject(new BrokerUnavailable('not connected to rabbitmq'));
    if (open.isBlocked) return Promise.reject(new BrokerUnavailable('rabbitmq takes no messages now'));
    const { session, unconfirmed } = open;
    const headers = properties.headers as Table | undefined;
    if (headers !== undefined && !fits(headers, open.headersMaxBytes)) return Promise.reject(new MessageTooLarge());
    try {
      session.channel.publish(exchange, routingKey, body, properties);
    } catch (error) {
      return Promise.reject(asUnavailable(error));
    }
    return unconfirmed.add(body.length, target && channelHealth.place(target));
  }

  function state(): BrokerState {
    return open === undefined ? 'away' : open.isBlocked ? 'blocked' : 'open';
  }

  return {
    publish,
    /** Whether an event's headers fit into a message; true while not connected. */
    fits: (headers: EventHeaders) => open === undefined || fitsWithGrowth(headers, open.headersMaxBytes),
    /** The correlation id of the next message, which identifies its publish when it is returned. */
    nextCorrelationId: () => nameOfTag(open?.unconfirmed.nextTag() ?? 0),
    state,
    /** Whether the channel has no known fault. */
    isWell: () => state() === 'open' && !channelHealth.isDoubtful() && (open?.unconfirmed.waitingMs() ?? 0) < slowMs,
    /** After a silence: sends a probe and resolves when it is known whether the broker takes messages. The broker drops the probe. */
    probe(): Promise<void> | undefined {
      if (performance.now() - heardAt < silenceMs) return undefined;
      return (probing ??= publish('', names.nobody, Buffer.alloc(0), {}, undefined)
        .catch(() => undefined)
        .finally(() => (probing = undefined)));
    },
    /** Whether announcements reach the queue of a watcher; true when it is not known. */
    isRouted: async (queue: string) => open === undefined || open.isBlocked || open.isRouted(queue),
    /** Whether this channel has published to the target before. */
    knows: (target: Target) => open !== undefined && channelHealth.knows(target),
    /** Call it regularly. */
    look(other: { knows(target: Target): boolean }): void {
      const place = open?.isBlocked === false ? channelHealth.stuck((target) => other.knows(target)) : undefined;
      if (open !== undefined && place !== undefined)
        treating ??= treat(open, place).finally(() => (treating = undefined));
    },
    /** When messages that are long overdue use up the capacity, confirms have been lost, and nothing would ever free it. */
    dropIfLost(): void {
      if (open === undefined) return;
      const { session, unconfirmed } = open;
      if (unconfirmed.overdueMs() > lostAfterTimeouts * options.confirmTimeoutMs) session.drop('confirms do not come');
    },
    /** Resolves when it makes sense to ask for room again. */
    untilFree: () => open?.unconfirmed.untilFree() ?? Promise.resolve(),

    untilReady: () => connection.untilReady(),
    async close(): Promise<void> {
      await open?.unconfirmed.drained();
      mending.stop();
      await connection.close();
    },
  };
}

/** Not in decimal digits: V8 caches decimal strings of numbers, and thousands per second would fill the old generation. */
function nameOfTag(tag: number): string {
  return tag.toString(36);
}

function tagOf({ properties }: Message): number {
  return parseInt(String(properties.correlationId), 36);
}

/** Only a closing channel throws this; any other error is the fault of the message. */
function asUnavailable(error: unknown): Error {
  if (error instanceof IllegalOperationError) return new BrokerUnavailable('the connection to rabbitmq is closing');
  return error instanceof Error ? error : new Error(String(error));
}
