import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createApplyOnce } from './apply-once.js';
import { createFlusher } from './flush.js';
import { totalsKeyOf } from './redis-keys.js';
import type { AttemptOutcome, Counter, Totals } from './statistics.js';
import { createTally, type Row } from './tally.js';

const rowsPerBatch = 1_000;
/** How long counts are kept that arrive after their subscription was forgotten. */
const forgottenS = 86_400;
const counters = ['total', 'failure', 'pending', 'undelivered', 'dropped'];

/**
 * ARGV: the key prefix and the rows as JSON. A row: subscription, total, failure, pending, undelivered, dropped. The rows follow each other
 * in one array, because Lua makes a table of every array. Numbers below 2^53 keep their value.
 */
const script = `
local function add(key, field, by)
  if by ~= 0 then redis.call('HINCRBY', key, field, by) end
end

local rows = cjson.decode(ARGV[3])
for i = 1, #rows, 6 do
  local key = string.format('%ssubscription:%.0f', ARGV[2], rows[i])
  add(key, 'total', rows[i + 1])
  add(key, 'failure', rows[i + 2])
  add(key, 'pending', rows[i + 3])
  add(key, 'undelivered', rows[i + 4])
  add(key, 'dropped', rows[i + 5])
end
return 1
`;

/** The counters of all subscriptions, which many processes record and read together. */
export function createRedisCounters(options: { redis: Redis; prefix: string; logger: Logger }) {
  const { redis, prefix, logger } = options;
  const tally = createTally();
  const applyOnce = createApplyOnce({ redis, prefix, script });
  const flusher = createFlusher<Row>({
    waiting: tally,
    batchSize: rowsPerBatch,
    isReady: () => redis.status === 'ready',
    apply: ({ number, items }) => applyOnce(number, [prefix, JSON.stringify(items.flatMap(figuresOf))]),
    logger,
  });

  return {
    countAttempt(subscription: number, outcome: AttemptOutcome): void {
      tally.countAttempt(subscription, outcome);
      flusher.schedule();
    },

    count(subscription: number, counter: Counter, by: number): void {
      tally.count(subscription, counter, by);
      flusher.schedule();
    },

    async totals(subscriptions: readonly number[]): Promise<Map<number, Totals>> {
      const pipeline = redis.pipeline();
      for (const id of subscriptions) pipeline.hmget(totalsKeyOf(prefix, id), ...counters);
      const replies = (await pipeline.exec()) ?? [];
      return new Map(subscriptions.map((id, index) => [id, readTotals(replies[index])]));
    },

    async forget(subscription: number): Promise<void> {
      tally.forget(subscription);
      flusher.withdraw((row) => row.subscription === subscription);
      const key = totalsKeyOf(prefix, subscription);
      // Other writers may still count for the subscription, and a key that HINCRBY creates never expires. So an expiring hash stays behind.
      const replies = await redis.multi().unlink(key).hset(key, 'forgotten', 1).expire(key, forgottenS).exec();
      if (replies === null) throw new Error('Redis carried out nothing');
    },

    close: (timeoutMs: number) => flusher.close(timeoutMs),
  };
}

function figuresOf({ subscription, total, failure, pending, undelivered, dropped }: Row): number[] {
  return [subscription, total, failure, pending, undelivered, dropped];
}

/** @throws the error that Redis answered */
function readTotals(reply: [Error | null, unknown] | undefined): Totals {
  const [error, values] = reply ?? [new Error('no answer'), undefined];
  if (error) throw error;
  const [total = 0, failure = 0, pending = 0, undelivered = 0, dropped = 0] = Array.isArray(values)
    ? values.map(Number)
    : [];
  return { total, failure, pending, delivered: total - failure, undelivered, dropped };
}
