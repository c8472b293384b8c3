import type { ReferenceClock } from '@callbus/runtime/clock/clock-check';
import { redisClock } from '@callbus/runtime/clock/reference-clocks';
import {
  createMemoryFullAccounts,
  createRedisFullAccounts,
  type FullAccounts,
} from '@callbus/runtime/redis/full-accounts';
import {
  createMemoryPublishRates,
  createRedisPublishRates,
  type PublishRates,
} from '@callbus/runtime/redis/publish-rates';
import { connectRedis, memoryOf, takesWrites } from '@callbus/runtime/redis/redis';
import { createRedisRevisionMemory, type RevisionMemory } from '@callbus/runtime/redis/revision-memory';
import type { Redis } from 'ioredis';
import type { Context } from './context.js';

interface StoresConfig {
  /** When undefined, the stores are in memory. */
  readonly REDIS_URL: string | undefined;
  readonly REDIS_CA_FILE: string | undefined;
  readonly REDIS_PREFIX: string;
}

/** The stores that services share: in Redis, or in the memory of one process. */
export interface Stores {
  readonly redis: Redis | undefined;
  readonly prefix: string;
  readonly fullAccounts: FullAccounts;
  readonly publishRates: PublishRates;
  readonly revisionMemory: RevisionMemory | undefined;
  /** Reference clocks: the clock of Redis. */
  readonly clocks: Readonly<Record<string, ReferenceClock>>;
}

/** @param options.commandTimeoutMs how long a command waits for a silent Redis; default: 1 s */
export function openStores(context: Context<StoresConfig>, options: { commandTimeoutMs?: number } = {}): Stores {
  const { config, logger, metrics, opened } = context;
  const prefix = config.REDIS_PREFIX;
  if (config.REDIS_URL === undefined) {
    metrics.watchDependency('redis', () => true);
    const stores = { fullAccounts: createMemoryFullAccounts(), publishRates: createMemoryPublishRates() };
    return { ...stores, redis: undefined, prefix, revisionMemory: undefined, clocks: {} };
  }
  const redis = connectRedis({ url: config.REDIS_URL, ca: config.REDIS_CA_FILE, logger, ...options });
  opened.push(() => redis.disconnect());
  metrics.watchDependency('redis', () => takesWrites(redis, prefix));
  metrics.watchRedisMemory('redis', () => memoryOf(redis));
  return {
    redis,
    prefix,
    fullAccounts: createRedisFullAccounts({ redis, prefix }),
    publishRates: createRedisPublishRates({ redis, prefix }),
    revisionMemory: createRedisRevisionMemory({ redis, prefix }),
    clocks: { redis: redisClock(redis) },
  };
}
