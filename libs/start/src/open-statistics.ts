import { createLocalSurvivals, type Survivals } from '@callbus/broker/consuming/survivals';
import { connectRedis, memoryOf, takesWrites } from '@callbus/runtime/redis/redis';
import { createMemoryStatistics } from '@callbus/statistics/memory';
import { createMemoryQueueFlow, createRedisQueueFlow, type QueueFlow } from '@callbus/statistics/queue-flow';
import { createRedisStatistics } from '@callbus/statistics/redis';
import type { Statistics } from '@callbus/statistics/statistics';
import { createRedisSurvivals } from '@callbus/statistics/survivals';
import type { Redis } from 'ioredis';
import type { Context } from './context.js';
import type { Stores } from './open-stores.js';

export interface OpenStatistics {
  readonly statistics: Statistics;
  readonly queueFlow: QueueFlow;
  /** For the broker of a process that consumes deliveries. */
  readonly survivals: Survivals;
}

interface StatisticsConfig {
  readonly REDIS_CA_FILE: string | undefined;
  readonly TRACES_REDIS_URL: string | undefined;
  readonly TRACES_MAX_BYTES: number;
}

export function openStatistics(context: Context<StatisticsConfig>, stores: Stores): OpenStatistics {
  const { config, logger, opened } = context;
  const { redis, prefix } = stores;
  const statistics = redis
    ? createRedisStatistics({
        redis,
        tracesRedis: openTracesRedis(context, stores),
        tracesMaxBytes: config.TRACES_MAX_BYTES,
        prefix,
        logger,
      })
    : createMemoryStatistics();
  opened.push(() => statistics.close());
  const local = createLocalSurvivals();
  const survivals = redis ? createRedisSurvivals({ redis, prefix, local, logger }) : local;
  return { statistics, queueFlow: openQueueFlow(context, stores), survivals };
}

function openTracesRedis(
  { config, logger, metrics }: Context<StatisticsConfig>,
  { prefix }: Stores,
): Redis | undefined {
  if (config.TRACES_REDIS_URL === undefined) return undefined;
  const redis = connectRedis({ url: config.TRACES_REDIS_URL, ca: config.REDIS_CA_FILE, logger });
  metrics.watchDependency('traces-redis', () => takesWrites(redis, prefix));
  metrics.watchRedisMemory('traces-redis', () => memoryOf(redis));
  return redis;
}

export function openQueueFlow({ logger, opened }: Context<unknown>, { redis, prefix }: Stores): QueueFlow {
  const queueFlow = redis ? createRedisQueueFlow({ redis, prefix, logger }) : createMemoryQueueFlow();
  opened.push(() => queueFlow.close());
  return queueFlow;
}
