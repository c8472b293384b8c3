import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

/**
 * What passes through the queues, over all processes: how many messages in the last minute, and how far a queue has got.
 * Recording never waits and never fails; what is recorded while Redis is away is lost, because it tells of now only.
 */
export interface QueueFlow {
  passed(queue: string): void;
  /** @param enteredAt when the message that was taken had come in, in epoch milliseconds */
  reached(queue: string, enteredAt: number): void;
  /** The queue was full and refused a message. */
  refused(queue: string): void;
  /** @throws when the store cannot answer */
  read(): Promise<Flow>;
  /** Flushes no more. */
  close(): void;
}

export interface Flow {
  /** The time that the counts are of, in milliseconds. */
  readonly windowMs: number;
  /** By queue. */
  readonly passed: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<string, number>;
  /** By queue, epoch milliseconds: the latest entry among the messages taken. */
  readonly reached: ReadonlyMap<string, number>;
}

const slotMs = 10_000;
/** A minute, the last part of it under way. */
const slotsRead = 6;
const slotKeptS = 120;
const reachedKeptS = 86_400;
const flushIntervalMs = 1_000;

/** Counts of one process, by slot and queue. */
function createSlots() {
  const slots = new Map<number, Map<string, number>>();
  return {
    slots,
    add(slot: number, queue: string): void {
      let counts = slots.get(slot);
      if (counts === undefined) slots.set(slot, (counts = new Map<string, number>()));
      counts.set(queue, (counts.get(queue) ?? 0) + 1);
    },
  };
}

/** Refusals are counted beside what passed, under another name. */
const refusedPrefix = 'refused:';

const slotOf = (nowMs: number) => Math.floor(nowMs / slotMs);
const slotsUntil = (nowMs: number) => Array.from({ length: slotsRead }, (_, ago) => slotOf(nowMs) - ago);
const windowMsAt = (nowMs: number) => (slotsRead - 1) * slotMs + (nowMs % slotMs);

/** For processes that share a Redis. */
export function createRedisQueueFlow(options: { redis: Redis; prefix: string; logger: Logger }): QueueFlow {
  const { redis, prefix, logger } = options;
  const counts = createSlots();
  const { slots } = counts;
  const reached = new Map<string, number>();
  const slotKey = (slot: number) => `${prefix}flow:${slot}`;
  const reachedKey = `${prefix}flow:reached`;

  async function flush(): Promise<void> {
    if (slots.size === 0 && reached.size === 0) return;
    const pipeline = redis.pipeline();
    for (const [slot, passed] of slots) {
      for (const [queue, count] of passed) pipeline.hincrby(slotKey(slot), queue, count);
      pipeline.expire(slotKey(slot), slotKeptS);
    }
    for (const [queue, at] of reached) pipeline.call('zadd', reachedKey, 'GT', at, queue);
    pipeline.expire(reachedKey, reachedKeptS);
    slots.clear();
    reached.clear();
    await pipeline.exec();
  }

  const timer = setInterval(() => {
    flush().catch((error: unknown) => logger.debug({ error: String(error) }, 'the flow of the queues is not kept'));
  }, flushIntervalMs).unref();

  return {
    passed: (queue) => counts.add(slotOf(Date.now()), queue),
    refused: (queue) => counts.add(slotOf(Date.now()), refusedPrefix + queue),
    reached(queue, enteredAt) {
      if (enteredAt > (reached.get(queue) ?? 0)) reached.set(queue, enteredAt);
    },
    async read() {
      await flush();
      const nowMs = Date.now();
      const [members, ...passed] = await Promise.all([
        redis.zrange(reachedKey, 0, '-1', 'WITHSCORES'),
        ...slotsUntil(nowMs).map((slot) => redis.hgetall(slotKey(slot))),
      ]);
      const entries = passed
        .flatMap((each) => Object.entries(each))
        .map(([queue, count]) => [queue, Number(count)] as const);
      return { windowMs: windowMsAt(nowMs), ...countsOf(entries), reached: new Map(pairs(members)) };
    },
    close: () => clearInterval(timer),
  };
}

/** For one process alone. */
export function createMemoryQueueFlow(): QueueFlow {
  const counts = createSlots();
  const { slots } = counts;
  const reached = new Map<string, number>();

  function add(name: string): void {
    const slot = slotOf(Date.now());
    counts.add(slot, name);
    for (const old of slots.keys()) if (old <= slot - slotsRead) slots.delete(old);
  }

  return {
    passed: add,
    refused: (queue) => add(refusedPrefix + queue),
    reached: (queue, enteredAt) => void reached.set(queue, Math.max(enteredAt, reached.get(queue) ?? 0)),
    read() {
      const nowMs = Date.now();
      const entries = slotsUntil(nowMs).flatMap((slot) => [...(slots.get(slot) ?? [])]);
      return Promise.resolve({ windowMs: windowMsAt(nowMs), ...countsOf(entries), reached: new Map(reached) });
    },
    close: () => undefined,
  };
}

function countsOf(entries: readonly (readonly [string, number])[]): Pick<Flow, 'passed' | 'refused'> {
  const refused = entries.filter(([name]) => name.startsWith(refusedPrefix));
  return {
    passed: sums(entries.filter(([name]) => !name.startsWith(refusedPrefix))),
    refused: sums(refused.map(([name, count]) => [name.slice(refusedPrefix.length), count])),
  };
}

function sums(entries: readonly (readonly [string, number])[]): Map<string, number> {
  const summed = new Map<string, number>();
  for (const [name, value] of entries) summed.set(name, (summed.get(name) ?? 0) + value);
  return summed;
}

/** Members and scores come in turn. */
function pairs(members: readonly string[]): [string, number][] {
  return members.flatMap((member, index): [string, number][] =>
    index % 2 === 0 ? [[member, Number(members[index + 1])]] : [],
  );
}
