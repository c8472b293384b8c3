import type { Redis } from 'ioredis';

/**
 * The highest revision that was ever assigned, stored outside the database. It shows that a backup of the database was
 * restored, even if no process was running then.
 */
export interface RevisionMemory {
  /** Stores a revision if it is the highest. @returns the highest revision */
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
