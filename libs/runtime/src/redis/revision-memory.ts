import type { Redis } from 'ioredis';

/**
 * The highest revision that was ever given out, kept outside of the database: it tells of a backup that was put back in place while
 * nobody ran who could have remembered.
 */
export interface RevisionMemory {
  /** Remembers a revision. @returns the highest that is remembered */
  remember(revision: number): Promise<number>;
}

export function createRedisRevisionMemory({ redis, prefix }: { redis: Redis; prefix: string }): RevisionMemory {
  const key = `${prefix}revision`;
  return {
    async remember(revision) {
      await redis.call('zadd', key, 'GT', revision, 'highest');
      return Number((await redis.zscore(key, 'highest')) ?? revision);
    },
  };
}
