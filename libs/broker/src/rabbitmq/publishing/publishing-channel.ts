import type { EventHeaders } from '@callbus/contracts/events/event';
import type { ConfirmChannel } from 'amqplib';
import type { Logger } from 'pino';
import { BrokerUnavailable, type BrokerState } from '../../broker.js';
import { keepConnected } from '../connection/connection.js';
import type { Admit } from '../connection/nodes.js';
import type { Topology } from '../topology/declare-once.js';
import { createMending } from '../topology/mend-topology.js';
import { createOpenChannel, type OpenChannel } from './open-channel.js';
import { createChannelHealth, type PublishingHealth, type Route, type Target } from './publishing-health.js';
import type { Capacity } from './unconfirmed-capacity.js';

/** When the confirm of a message is this many confirm time-outs late, it is taken for lost. */
const lostAfterTimeouts = 5;

/** RabbitMQ reports an alarm only to a connection that publishes. A channel without a confirm for this long sends a probe. */
const silenceMs = 200;

/** When a publish has waited for its confirm for this long, the other channel is preferred. */
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
  /** The target of the queue `events`, whose absence may be hidden by taps. */
  readonly events: Target;
  /** Called when the broker reports a missing queue or exchange. */
  readonly onMissing: () => void;
  readonly logger: Logger;
}

export type PublishingChannel = Awaited<ReturnType<typeof createPublishingChannel>>;

/** A channel for publishing, on a connection of its own, which the broker may block. A lost channel is replaced. */
export async function createPublishingChannel(options: PublishingChannelOptions) {
  const { topology, health, events, confirmTimeoutMs, capacity, logger } = options;
  const { names } = topology;
  const channelHealth = createChannelHealth({ health, now: () => performance.now(), confirmTimeoutMs });
  const mending = createMending({ names, logger, model: () => open?.session.model });
  let open: OpenChannel | undefined;
  let probing: Promise<void> | undefined;
  let recovering: Promise<void> | undefined;

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
      const onMissingQueue = () => mending.declareLater();
      open = createOpenChannel(session, { names, confirmTimeoutMs, capacity, channelHealth, onMissingQueue, logger });
      // When the last new channel did not help, the binding of the queue may be missing.
      if (events.givenUp > 1) mending.declare();
    },
    onLost: (session, reason) => {
      if (open?.session !== session) return;
      open.unconfirmed.close(reason);
      open = undefined;
    },
    onMissing: options.onMissing,
  });

  /** When a target takes no messages, either its queue is missing and taps hide that, or another channel may succeed. */
  async function recover({ session }: OpenChannel, route: Route): Promise<void> {
    const { target, stuckFor } = route;
    if (target === events && stuckFor === 'nacked' && (await mending.isMissing(target.name))) {
      channelHealth.returned(route);
      mending.declare();
    } else if (route.stuckSince !== undefined) {
      health.notMissing(target);
      target.givenUp += 1;
      session.drop(`nothing is taken for ${target.name}: ${stuckFor}`);
    }
  }

  function publish(...message: Parameters<OpenChannel['publish']>): Promise<void> {
    if (open === undefined) return Promise.reject(new BrokerUnavailable('not connected to rabbitmq'));
    return open.publish(...message);
  }

  function state(): BrokerState {
    return open === undefined ? 'away' : open.isBlocked() ? 'blocked' : 'open';
  }

  return {
    publish,
    /** Whether the headers of an event fit; true while not connected. */
    fits: (headers: EventHeaders) => open === undefined || open.fits(headers),
    /** The correlation id of the next message, by which the message is found when it is returned. */
    nextCorrelationId: () => open?.nextCorrelationId() ?? '',
    state,
    /** Whether the channel has no known fault. */
    isWell: () => state() === 'open' && !channelHealth.isDoubtful() && (open?.unconfirmed.waitingMs() ?? 0) < slowMs,
    /** After a silence, sends a probe, which the broker drops. Resolves when it is known whether the broker takes messages. */
    probe(): Promise<void> | undefined {
      if (open !== undefined && performance.now() - open.confirmedAt() < silenceMs) return undefined;
      return (probing ??= publish('', names.unroutable, Buffer.alloc(0), {}, undefined)
        .catch(() => undefined)
        .finally(() => (probing = undefined)));
    },
    /** Whether announcements reach the queue of a watcher; true when that is not known. */
    isRouted: async (queue: string) => open === undefined || open.isBlocked() || open.isRouted(queue),
    /** Whether this channel has published to the target before. */
    knows: (target: Target) => open !== undefined && channelHealth.knows(target),
    /** Whether this channel waits for the target to take its first message. */
    isTrying: (target: Target) => channelHealth.isTrying(target),
    /** Replaces the channel when it is stuck. Call it regularly. */
    check(other: { knows(target: Target): boolean }): void {
      const route = state() === 'open' ? channelHealth.stuck((target) => other.knows(target)) : undefined;
      if (open !== undefined && route !== undefined)
        recovering ??= recover(open, route).finally(() => (recovering = undefined));
    },
    /** Drops the channel when confirms are lost. The capacity of their messages would never be free again. */
    dropIfLost(): void {
      if (open === undefined) return;
      const { session, unconfirmed } = open;
      if (unconfirmed.overdueMs() > lostAfterTimeouts * confirmTimeoutMs) session.drop('confirms do not come');
    },
    /** Resolves when capacity may be free. */
    untilFree: () => open?.unconfirmed.untilFree() ?? Promise.resolve(),

    untilReady: () => connection.untilReady(),
    async close(): Promise<void> {
      await open?.unconfirmed.drained();
      mending.stop();
      await connection.close();
    },
  };
}
