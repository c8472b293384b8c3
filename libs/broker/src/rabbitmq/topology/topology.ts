import type { QueueName, RetryTier } from '@callbus/contracts/topology';
import { retryTiers } from '@callbus/contracts/topology';
import type { Channel, Options } from 'amqplib';

export type Names = ReturnType<typeof namesUnder>;

export function namesUnder(prefix: string) {
  return {
    acceptedExchange: `${prefix}accepted`,
    eventsExchange: `${prefix}events`,
    changesExchange: `${prefix}subscription.changes`,
    /** Receives announcements from the exchange in front of it. A queue's own name as the routing key leads to that queue alone. */
    watchExchange: `${prefix}subscription.watch`,
    /** Passes events to the queue `events`, or to the refusal when that queue is not bound. */
    guardExchange: `${prefix}accepted.guard`,
    refusalExchange: `${prefix}refusal`,
    refusingQueue: `${prefix}refusing`,
    /** No queue has it. */
    nobody: `${prefix}nobody`,
    queue: (queue: QueueName) => `${prefix}${queue}`,
    retryQueue: (tier: RetryTier) => `${prefix}retry.${tier.name}`,
  };
}

/** The number of returns after which a message is poison. */
const deliveryLimit = 20;

/** RabbitMQ 4 drops a message after 20 returns from a queue without a limit of its own, and no message of `undelivered` may be dropped. */
const noDeliveryLimit = 1_000_000_000;

/** Declares everything that is missing. @throws when a queue or exchange exists with other arguments */
export async function declareTopology(channel: Channel, names: Names): Promise<void> {
  const poisonous = { 'x-delivery-limit': deliveryLimit, ...deadLettersTo(names.queue('undelivered')) };
  const events = names.queue('events');

  // Dead-letter targets come before the queues that send there, and the guard before the exchange that leads to it.
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
    // Taps bind to the topic exchange. Our own queue is bound in front of it, because topic matching is a fifth of the broker's cost of a
    // message (RabbitMQ 3.10: 44 µs per message through a topic exchange, 35 µs through this one).
    channel.bindQueue(events, names.acceptedExchange, ''),
    channel.bindExchange(names.guardExchange, names.acceptedExchange, ''),
    channel.bindExchange(names.eventsExchange, names.acceptedExchange, ''),
    channel.bindExchange(names.watchExchange, names.changesExchange, ''),
  ]);
}

/**
 * A message that reaches a tap is never returned, even when `events` is missing. So each event also goes to a guard exchange to which only
 * `events` is bound. When `events` is gone, the guard's alternate exchange takes over, which leads to a queue that refuses every message,
 * and the broker nacks the event (docs/decisions/0022-refuse-events-while-their-queue-is-missing.md).
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
 * The queue that refuses every message. It is classic, because a quorum queue takes the message that fills it.
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

/** Only at-least-once dead-lettering loses nothing, and it requires reject-publish. There is no length limit to overflow. */
function deadLettersTo(queue: string): Record<string, unknown> {
  return {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': queue,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}
