import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { applyBatch } from './apply-batch.js';
import { decodeStep } from './event-step.js';
import { createFlusher } from './flush.js';
import { decodeAttempt, isAskedFor } from './attempt.js';
import { keysOf, traceKeyOf } from './redis-keys.js';
import { defaultTraceWindowS, type Statistics, type Totals } from './statistics.js';
import { createStepQueue } from './step-queue.js';
import { attemptsPerSubscription, createTally } from './tally.js';

const closeTimeoutMs = 1_000;
/** How long counts stay that arrive after their subscription was forgotten. */
const forgottenS = 86_400;
const counters = ['total', 'failure', 'pending', 'undelivered', 'dropped'];

export interface RedisStatisticsOptions {
  /** From `connectRedis`. Closing the statistics disconnects it. */
  readonly redis: Redis;
  readonly prefix: string;
  readonly logger: Logger;
  readonly flushIntervalMs?: number;
  /** How long the trace of an event is kept after its last step. The default is one day; 0 keeps no traces. */
  readonly traceWindowS?: number;
}

/** Statistics that many processes record and read together. */
export function createRedisStatistics(options: RedisStatisticsOptions): Statistics {
  const { redis, prefix, logger, flushIntervalMs = 20, traceWindowS = defaultTraceWindowS } = options;
  const writer = randomUUID();
  const tally = createTally();
  const stepQueue = createStepQueue();
  const isReady = () => redis.status === 'ready';
  const flusher = createFlusher({
    tally,
    stepQueue,
    intervalMs: flushIntervalMs,
    isReady,
    apply: (batch) => applyBatch(redis, { prefix, writer, traceWindowS, batch }),
    logger,
  });

  return {
    recordAttempt(attempt) {
      tally.recordAttempt(attempt);
      flusher.schedule();
    },

    count(subscription, counter, by = 1) {
      tally.count(subscription, counter, by);
      flusher.schedule();
    },

    recordStep(step) {
      if (traceWindowS === 0) return;
      stepQueue.push(step);
      flusher.schedule();
    },

    async totals(subscriptions) {
      const pipeline = redis.pipeline();
      for (const id of subscriptions) pipeline.hmget(keysOf(prefix, id).totals, ...counters);
      const replies = (await pipeline.exec()) ?? [];
      return new Map(subscriptions.map((id, place) => [id, readTotals(replies[place])]));
    },

    async attempts(subscription, { limit, ...filter }) {
      const count = Object.keys(filter).length > 0 ? attemptsPerSubscription : Math.min(limit, attemptsPerSubscription);
      const texts = await redis.lrange(keysOf(prefix, subscription).attempts, -count, -1);
      return texts
        .reverse()
        .map((text) => decodeAttempt(text, subscription))
        .filter((attempt) => attempt !== undefined)
        .filter(isAskedFor(filter))
        .slice(0, limit);
    },

    async trace(account, eventId) {
      const steps = await redis.lrange(traceKeyOf(prefix, account, eventId), 0, -1);
      // Each worker writes its own steps in order, but steps of several workers interleave.
      return steps
        .map((text) => decodeStep(text, { account, eventId }))
        .filter((step) => step !== undefined)
        .sort((one, other) => one.at - other.at);
    },

    async forget(subscription) {
      flusher.forget(subscription);
      const keys = keysOf(prefix, subscription);
      // Other writers may still count for the subscription, and a key that HINCRBY creates never expires. So an expiring hash stays behind.
      const replies = await redis
        .multi()
        .unlink(keys.totals, keys.attempts)
        .hset(keys.totals, 'forgotten', 1)
        .expire(keys.totals, forgottenS)
        .exec();
      if (replies === null) throw new Error('Redis carried out nothing');
    },

    isReady,

    async close() {
      if (!(await flusher.close(closeTimeoutMs))) logger.warn('statistics of the last moments are lost');
      redis.disconnect();
    },
  };
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
