import type { QueueName, RetryTier } from '@callbus/contracts/topology';
import { retryTiers } from '@callbus/contracts/topology';
import type { Channel, Options } from 'amqplib';

export type Names = ReturnType<typeof namesUnder>;

export function namesUnder(prefix: string) {
  return {
    acceptedExchange: `${prefix}accepted`,
    eventsExchange: `${prefix}events`,
    changesExchange: `${prefix}subscription.changes`,
    /** Has what is announced from the exchange before it; a queue's own name as the routing key leads to that queue alone. */
    watchExchange: `${prefix}subscription.watch`,
    /** Passes events to the queue `events`, and to the refusal when that is not bound to it. */
    guardExchange: `${prefix}accepted.guard`,
    refusalExchange: `${prefix}refusal`,
    refusingQueue: `${prefix}refusing`,
    /** No queue has it. */
    nobody: `${prefix}nobody`,
    queue: (queue: QueueName) => `${prefix}${queue}`,
    retryQueue: (tier: RetryTier) => `${prefix}retry.${tier.name}`,
  };
}

/** Returns to its queue after which a message is poison. */
const deliveryLimit = 20;

/** RabbitMQ 4 drops what was returned 20 times to a queue without a limit of its own; nobody may drop from `undelivered`. */
const noDeliveryLimit = 1_000_000_000;

/** Declares what is missing and leaves alone what is there. @throws when something is there with other arguments */
export async function declareTopology(channel: Channel, names: Names): Promise<void> {
  const poisonous = { 'x-delivery-limit': deliveryLimit, ...deadLettersTo(names.queue('undelivered')) };
  const events = names.queue('events');

  // Targets of dead letters before the queues that send them, and the guard before the exchange that leads to it.
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
    // Whoever taps the events binds to the topic exchange. Our own queue is bound before it: matching a topic costs the broker
    // a fifth of what a message costs it (RabbitMQ 3.10: 44 µs a message by way of a topic exchange, 35 µs by this one).
    channel.bindQueue(events, names.acceptedExchange, ''),
    channel.bindExchange(names.guardExchange, names.acceptedExchange, ''),
    channel.bindExchange(names.eventsExchange, names.acceptedExchange, ''),
    channel.bindExchange(names.watchExchange, names.changesExchange, ''),
  ]);
}

/**
 * A message that reaches a tap is never returned, even when `events` is missing. So each event also goes to an exchange that knows only
 * `events`: when that is gone, its alternate exchange takes over, which leads to a queue that refuses every message, and the
 * broker nacks the event (docs/decisions/0022-refusal-beside-taps.md).
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
 * The queue that refuses every message. A classic one, because a quorum queue takes the message by which it becomes full.
 *
 * @throws also when it is there, while the node is down that holds it
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

/** Dead-lettering loses nothing only at least once, and that only with reject-publish; there is no length to overflow. */
function deadLettersTo(queue: string): Record<string, unknown> {
  return {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': queue,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}
