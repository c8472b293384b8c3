/** The queues that services consume. The retry queues have no consumers: the broker dead-letters their messages. */
export const workQueues = ['events', 'deliveries', 'undelivered'] as const;

export type WorkQueue = (typeof workQueues)[number];

export interface RetryTier {
  readonly name: string;
  readonly delayMs: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Shortest first, with one queue for each tier. The TTL is set per queue, not per message, because only the head of a queue expires. */
export const retryTiers: readonly RetryTier[] = [
  { name: '1s', delayMs: second },
  { name: '5s', delayMs: 5 * second },
  { name: '30s', delayMs: 30 * second },
  { name: '1m', delayMs: minute },
  { name: '5m', delayMs: 5 * minute },
  { name: '10m', delayMs: 10 * minute },
  { name: '30m', delayMs: 30 * minute },
  { name: '1h', delayMs: hour },
  { name: '3h', delayMs: 3 * hour },
  { name: '6h', delayMs: 6 * hour },
  { name: '12h', delayMs: 12 * hour },
  { name: '24h', delayMs: 24 * hour },
];

export type QueueName = WorkQueue | `retry.${string}`;

/** Every queue, without the prefix of the installation. */
export const queueNames: readonly QueueName[] = [
  ...workQueues,
  ...retryTiers.map(({ name }): QueueName => `retry.${name}`),
];

const longestTier: RetryTier = { name: '24h', delayMs: 24 * hour };

/** The shortest tier that is at least `delayMs` long, or the longest tier. */
export function tierFor(delayMs: number): RetryTier {
  return retryTiers.find((tier) => tier.delayMs >= delayMs) ?? longestTier;
}

/** AMQP short strings hold 255 bytes. */
const routingKeyMaxBytes = 255;

/**
 * The routing key of an event, `account.bus.name`, by which operators bind taps. `-` stands for no bus. A key that is too
 * long for AMQP is cut between two characters.
 */
export function routingKeyOf(event: { account: string; bus: string; name: string }): string {
  const key = `${event.account}.${event.bus === '' ? '-' : event.bus}.${event.name}`;
  const bytes = Buffer.from(key);
  if (bytes.length <= routingKeyMaxBytes) return key;
  let end = routingKeyMaxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
