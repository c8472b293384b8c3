import { createLocalSurvivals, type Survivals } from '@callbus/broker/consuming/survivals';
import { createMemoryStatistics } from '@callbus/statistics/memory';
import { createMemoryQueueFlow, createRedisQueueFlow, type QueueFlow } from '@callbus/statistics/queue-flow';
import { createRedisStatistics } from '@callbus/statistics/redis';
import type { Statistics } from '@callbus/statistics/statistics';
import { createRedisSurvivals } from '@callbus/statistics/survivals';
import type { Context } from './context.js';
import type { Stores } from './open-stores.js';

export interface OpenStatistics {
  readonly statistics: Statistics;
  readonly queueFlow: QueueFlow;
  /** For the broker of a process that consumes deliveries. */
  readonly survivals: Survivals;
}

export function openStatistics(context: Context<unknown>, stores: Stores): OpenStatistics {
  const { logger, opened } = context;
  const { redis, prefix } = stores;
  const statistics = redis ? createRedisStatistics({ redis, prefix, logger }) : createMemoryStatistics();
  opened.push(() => statistics.close());
  const local = createLocalSurvivals();
  const survivals = redis ? createRedisSurvivals({ redis, prefix, local, logger }) : local;
  return { statistics, queueFlow: openQueueFlow(context, stores), survivals };
}

export function openQueueFlow({ logger, opened }: Context<unknown>, { redis, prefix }: Stores): QueueFlow {
  const queueFlow = redis ? createRedisQueueFlow({ redis, prefix, logger }) : createMemoryQueueFlow();
  opened.push(() => queueFlow.close());
  return queueFlow;
}
