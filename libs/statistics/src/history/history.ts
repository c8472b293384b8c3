import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createFlusher } from '../flush.js';
import { attemptsKeyOf } from '../redis-keys.js';
import { attemptsPerSubscription, type Attempt, type AttemptsQuery, type Trace } from '../statistics.js';
import { createApplyHistory, forgetAttempts, type HistoryItem } from './apply-history.js';
import { decodeAttempt, matchesQuery } from './attempt.js';
import { createNewestQueue } from './newest-queue.js';
import { readTrace } from './read-trace.js';

const itemsPerBatch = 2_000;

/** The attempts and traces that many processes record and read together. */
export function createRedisHistory(options: { redis: Redis; prefix: string; logger: Logger; maxBytes: number }) {
  const { redis, prefix, logger, maxBytes } = options;
  const waiting = createNewestQueue<HistoryItem>();
  const flusher = createFlusher({
    waiting,
    batchSize: itemsPerBatch,
    isReady: () => redis.status === 'ready',
    apply: createApplyHistory({ redis, prefix, maxBytes }),
    logger,
  });

  return {
    record(item: HistoryItem): void {
      waiting.push(item);
      flusher.schedule();
    },

    async attempts(subscription: number, { limit, ...filter }: AttemptsQuery): Promise<Attempt[]> {
      const count = Object.keys(filter).length > 0 ? attemptsPerSubscription : Math.min(limit, attemptsPerSubscription);
      const texts = await redis.lrange(attemptsKeyOf(prefix, subscription), -count, -1);
      return texts
        .reverse()
        .map((text) => decodeAttempt(text, subscription))
        .filter((attempt) => attempt !== undefined)
        .filter(matchesQuery(filter))
        .slice(0, limit);
    },

    trace: (account: string, eventId: string): Promise<Trace> => readTrace(redis, prefix, { account, eventId }),

    forget: (subscription: number): Promise<void> => forgetAttempts(redis, prefix, subscription),

    close: (timeoutMs: number) => flusher.close(timeoutMs),
  };
}
