import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

/**
 * Counts the messages that move through the queues, over all processes. Recording never waits and never fails. Records made while
 * Redis is away are lost, because the counts serve only for rates.
 */
export interface QueueFlow {
  /** A message was taken off a work queue, or put into a retry queue. */
  passed(queue: string): void;
  /** A message with this number of events came into `events`. */
  accepted(events: number): void;
  /** @param enteredAt the time at which a message that is taken now entered its queue, in epoch milliseconds */
  reached(queue: string, enteredAt: number): void;
  /** The queue was full and refused a message. */
  refused(queue: string): void;
  /** @throws when the store cannot answer */
  read(): Promise<FlowTotals>;
  /** Flushes no more. */
  close(): void;
}

/** Counts only ever grow, until their store is lost: a rate is the difference between two readings. */
export interface FlowTotals {
  /** Messages by queue. */
  readonly passed: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<string, number>;
  /** The messages and events that came into the queue `events`. */
  readonly accepted: { readonly messages: number; readonly events: number };
  /** For each queue, the latest time at which one of its taken messages had entered the queue, in epoch milliseconds. */
  readonly reached: ReadonlyMap<string, number>;
}

const keptS = 86_400;
const flushIntervalMs = 1_000;

/** The names of the counts. A name that ends with a colon is followed by the name of a queue. */
const names = { messages: 'accepted:messages', events: 'accepted:events', passed: 'passed:', refused: 'refused:' };

/** The counts that one process has added up. */
function createCounts() {
  const counts = new Map<string, number>();
  const reached = new Map<string, number>();
  const add = (name: string, count: number) => void counts.set(name, (counts.get(name) ?? 0) + count);

  return {
    counts,
    reached,
    record: {
      passed: (queue: string) => add(names.passed + queue, 1),
      refused: (queue: string) => add(names.refused + queue, 1),
      accepted(events: number): void {
        add(names.messages, 1);
        add(names.events, events);
      },
      reached(queue: string, enteredAt: number): void {
        if (enteredAt > (reached.get(queue) ?? 0)) reached.set(queue, enteredAt);
      },
    },
  };
}

/** Counts over all processes that share a Redis. */
export function createRedisQueueFlow(options: { redis: Redis; prefix: string; logger: Logger }): QueueFlow {
  const { redis, prefix, logger } = options;
  const { counts, reached, record } = createCounts();
  const totalsKey = `${prefix}flow:totals`;
  const reachedKey = `${prefix}flow:reached`;

  async function flush(): Promise<void> {
    if (counts.size === 0 && reached.size === 0) return;
    const pipeline = redis.pipeline();
    for (const [name, count] of counts) pipeline.hincrby(totalsKey, name, count);
    for (const [queue, at] of reached) pipeline.call('zadd', reachedKey, 'GT', at, queue);
    pipeline.expire(totalsKey, keptS).expire(reachedKey, keptS);
    counts.clear();
    reached.clear();
    await pipeline.exec();
  }

  const timer = setInterval(() => {
    flush().catch((error: unknown) => logger.debug({ error: String(error) }, 'the flow of the queues is not kept'));
  }, flushIntervalMs).unref();

  return {
    ...record,
    async read() {
      await flush();
      const [totals, members] = await Promise.all([
        redis.hgetall(totalsKey),
        redis.zrange(reachedKey, 0, '-1', 'WITHSCORES'),
      ]);
      const numbers = Object.entries(totals).map(([name, count]) => [name, Number(count)] as const);
      return { ...totalsOf(new Map(numbers)), reached: new Map(pairs(members)) };
    },
    close: () => clearInterval(timer),
  };
}

/** Counts of this process only. */
export function createMemoryQueueFlow(): QueueFlow {
  const { counts, reached, record } = createCounts();
  return {
    ...record,
    read: () => Promise.resolve({ ...totalsOf(counts), reached: new Map(reached) }),
    close: () => undefined,
  };
}

function totalsOf(counts: ReadonlyMap<string, number>): Omit<FlowTotals, 'reached'> {
  const byQueue = (prefix: string) =>
    new Map(
      [...counts]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, count]) => [name.slice(prefix.length), count]),
    );
  return {
    passed: byQueue(names.passed),
    refused: byQueue(names.refused),
    accepted: { messages: counts.get(names.messages) ?? 0, events: counts.get(names.events) ?? 0 },
  };
}

/** Redis lists each member followed by its score. */
function pairs(members: readonly string[]): [string, number][] {
  return members.flatMap((member, index): [string, number][] =>
    index % 2 === 0 ? [[member, Number(members[index + 1])]] : [],
  );
}
