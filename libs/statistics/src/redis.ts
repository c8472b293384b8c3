import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createRedisCounters } from './counters.js';
import { createRedisHistory } from './history/history.js';
import type { Statistics } from './statistics.js';

const closeTimeoutMs = 1_000;

export interface RedisStatisticsOptions {
  /** Opened by `connectRedis`, like `tracesRedis`. Closing the statistics disconnects both. */
  readonly redis: Redis;
  /** Holds attempts and traces. The default is the Redis of the counters. */
  readonly tracesRedis?: Redis | undefined;
  /** The bound of attempts and traces together. */
  readonly tracesMaxBytes: number;
  readonly prefix: string;
  readonly logger: Logger;
}

/** Statistics that many processes record and read together. */
export function createRedisStatistics(options: RedisStatisticsOptions): Statistics {
  const { redis, tracesRedis = redis, tracesMaxBytes, prefix, logger } = options;
  const counters = createRedisCounters({ redis, prefix, logger });
  const history = createRedisHistory({ redis: tracesRedis, prefix, logger, maxBytes: tracesMaxBytes });

  return {
    recordAttempt(attempt) {
      // First the attempt, then its count: with one Redis, a reader that sees the count sees the attempt too.
      history.record(attempt);
      counters.countAttempt(attempt.subscription, attempt.outcome);
    },
    count: (subscription, counter, by = 1) => counters.count(subscription, counter, by),
    recordStep: (step) => history.record(step),

    totals: (subscriptions) => counters.totals(subscriptions),
    attempts: (subscription, query) => history.attempts(subscription, query),
    trace: (account, eventId) => history.trace(account, eventId),
    async forget(subscription) {
      await Promise.all([counters.forget(subscription), history.forget(subscription)]);
    },

    isReady: () => redis.status === 'ready',

    async close() {
      const areFlushed = await Promise.all([counters.close(closeTimeoutMs), history.close(closeTimeoutMs)]);
      if (areFlushed.includes(false)) logger.warn('the latest statistics are lost');
      redis.disconnect();
      tracesRedis.disconnect();
    },
  };
}
