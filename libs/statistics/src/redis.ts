import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { applyBatch } from './apply-batch.js';
import { createFlusher } from './flush.js';
import { readAttempt } from './read-attempt.js';
import { keysOf } from './redis-keys.js';
import type { Statistics, Totals } from './statistics.js';
import { attemptsPerSubscription, createTally } from './tally.js';

const closeTimeoutMs = 1_000;
const counters = ['total', 'failure', 'pending', 'delivered', 'undelivered', 'dropped'];

export interface RedisStatisticsOptions {
  /** As connectRedis makes it. It is disconnected with the statistics. */
  readonly redis: Redis;
  readonly prefix: string;
  readonly logger: Logger;
  readonly flushIntervalMs?: number;
  readonly now?: () => number;
}

/** Statistics that many processes record and read together. */
export function createRedisStatistics(options: RedisStatisticsOptions): Statistics {
  const { redis, prefix, logger, flushIntervalMs = 100, now = Date.now } = options;
  const writer = randomUUID();
  const tally = createTally();
  const isReady = () => redis.status === 'ready';
  const flusher = createFlusher({
    tally,
    intervalMs: flushIntervalMs,
    isReady,
    apply: (batch) => applyBatch(redis, { prefix, writer, batch }),
    logger,
  });

  return {
    recordAttempt(attempt) {
      tally.recordAttempt(attempt);
      flusher.soon();
    },

    count(subscription, counter, by = 1) {
      tally.count(subscription, counter, by);
      flusher.soon();
    },

    async totals(subscriptions) {
      const pipeline = redis.pipeline();
      for (const id of subscriptions) pipeline.hmget(keysOf(prefix, id).totals, ...counters);
      const replies = (await pipeline.exec()) ?? [];
      return new Map(subscriptions.map((id, place) => [id, readTotals(replies[place])]));
    },

    async attempts(subscription, { limit }) {
      const count = Math.min(limit, attemptsPerSubscription);
      const entries = await redis.xrevrange(keysOf(prefix, subscription).attempts, '+', '-', 'COUNT', count);
      return entries.map(([, [, text = '']]) => readAttempt(text)).filter((attempt) => attempt !== undefined);
    },

    async forget(subscription) {
      flusher.forget(subscription);
      const keys = keysOf(prefix, subscription);
      await redis.unlink(keys.totals, keys.attempts, ...keys.hours(now()));
    },

    isReady,

    async close() {
      if (!(await flusher.close(closeTimeoutMs))) logger.warn('statistics of the last moments are lost');
      redis.disconnect();
    },
  };
}

/** @throws what Redis answered instead */
function readTotals(reply: [Error | null, unknown] | undefined): Totals {
  const [error, values] = reply ?? [new Error('no answer'), undefined];
  if (error) throw error;
  const [total = 0, failure = 0, pending = 0, delivered = 0, undelivered = 0, dropped = 0] = Array.isArray(values)
    ? values.map(Number)
    : [];
  return { total, failure, pending, delivered, undelivered, dropped };
}
