import type { QueueName, RetryTier } from '@callbus/contracts/messages/topology';
import { retryTiers } from '@callbus/contracts/messages/topology';
import type { Channel, Options } from 'amqplib';
import type { ChangeKind } from '../../broker.js';

export type Names = ReturnType<typeof namesUnder>;

export function namesUnder(prefix: string) {
  return {
    acceptedExchange: `${prefix}accepted`,
    eventsExchange: `${prefix}events`,
    changesExchange: `${prefix}subscription.changes`,
    /** Receives announcements from the changes exchange. A queue is also bound by its own name, so that a message can be sent to it alone. */
    watchExchange: `${prefix}subscription.watch`,
    /** Passes events to the queue `events`, or to the refusal exchange when that queue is not bound. */
    guardExchange: `${prefix}accepted.guard`,
    refusalExchange: `${prefix}refusal`,
    refusingQueue: `${prefix}refusing`,
    /** The name of a queue that does not exist. */
    unroutable: `${prefix}nobody`,
    queue: (queue: QueueName) => `${prefix}${queue}`,
    retryQueue: (tier: RetryTier) => `${prefix}retry.${tier.name}`,
  };
}

/** The routing keys of announcements, by which watchers bind. */
export const announcementKeys: Readonly<Record<ChangeKind, string>> = { subscriptions: '', keys: 'keys' };

/** A message that returns more often becomes undelivered as poison. */
const deliveryLimit = 20;

/** From a queue without a limit RabbitMQ 4 drops a message after 20 returns, but no message of `undelivered` may be dropped. */
const noDeliveryLimit = 1_000_000_000;

/** Declares everything that is missing. @throws when a queue or exchange exists with other arguments */
export async function declareTopology(channel: Channel, names: Names): Promise<void> {
  const poisonous = { 'x-delivery-limit': deliveryLimit, ...deadLettersTo(names.queue('undelivered')) };
  const events = names.queue('events');

  // In this order, so that a queue exists before another one dead-letters to it, and the guard before events are routed to it.
  await Promise.all([
    channel.assertQueue(names.queue('undelivered'), quorum({ 'x-delivery-limit': noDeliveryLimit })),
    channel.assertQueue(names.queue('deliveries'), quorum(poisonous)),
    channel.assertQueue(events, quorum(poisonous)),
    ...retryTiers.map((tier) =>
      channel.assertQueue(
        names.retryQueue(tier),
        quorum({ 'x-message-ttl': tier.delayMs, ...deadLettersTo(names.queue('deliveries')) }),
      ),
    ),
    channel.assertExchange(names.acceptedExchange, 'fanout', { durable: true }),
    channel.assertExchange(names.eventsExchange, 'topic', { durable: true }),
    channel.assertExchange(names.changesExchange, 'fanout', { durable: true }),
    channel.assertExchange(names.watchExchange, 'direct', { durable: true, internal: true }),
    declareGuard(channel, names),
    // Taps bind to the topic exchange, but our own queue to the fanout exchange in front of it, because topic matching is a fifth of the
    // broker's cost of a message (RabbitMQ 3.10: 44 µs per message through a topic exchange, 35 µs through a fanout exchange).
    channel.bindQueue(events, names.acceptedExchange, ''),
    channel.bindExchange(names.guardExchange, names.acceptedExchange, ''),
    channel.bindExchange(names.eventsExchange, names.acceptedExchange, ''),
    channel.bindExchange(names.watchExchange, names.changesExchange, ''),
  ]);
}

/**
 * Makes the broker nack events when the queue `events` is missing. Without this, an event that reaches a tap would be confirmed. Each event
 * also goes to a guard exchange, to which only `events` is bound. When `events` is missing, the event goes to the alternate exchange of the
 * guard, which leads to a queue that refuses every message (docs/decisions/0022-refuse-events-while-their-queue-is-missing.md).
 */
async function declareGuard(channel: Channel, names: Names): Promise<void> {
  await Promise.all([
    channel.assertExchange(names.refusalExchange, 'fanout', { durable: true, internal: true }),
    channel.assertExchange(names.guardExchange, 'fanout', {
      durable: true,
      internal: true,
      alternateExchange: names.refusalExchange,
    }),
    channel.bindQueue(names.queue('events'), names.guardExchange, ''),
  ]);
}

/**
 * Declares the queue that refuses every message. It is a classic queue, because a quorum queue accepts the message that fills it.
 *
 * @throws also when the queue exists on a node that is down
 */
export async function declareRefusal(channel: Channel, names: Names): Promise<void> {
  await Promise.all([
    channel.assertExchange(names.refusalExchange, 'fanout', { durable: true, internal: true }),
    channel.assertQueue(names.refusingQueue, {
      durable: true,
      arguments: { 'x-queue-type': 'classic', 'x-max-length': 0, 'x-overflow': 'reject-publish' },
    }),
    channel.bindQueue(names.refusingQueue, names.refusalExchange, ''),
  ]);
}

function quorum(args: Record<string, unknown>): Options.AssertQueue {
  return { durable: true, arguments: { 'x-queue-type': 'quorum', ...args } };
}

/** Only at-least-once dead-lettering loses no message. It requires `reject-publish`, although the queues have no length limit. */
function deadLettersTo(queue: string): Record<string, unknown> {
  return {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': queue,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}
