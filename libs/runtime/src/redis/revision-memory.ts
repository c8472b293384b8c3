import type { Redis } from 'ioredis';

/**
 * The highest revision that was ever assigned, stored outside the database. It reveals that a backup was restored while
 * no process ran that could have remembered the revision.
 */
export interface RevisionMemory {
  /** Remembers a revision. @returns the highest revision that is remembered */
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
