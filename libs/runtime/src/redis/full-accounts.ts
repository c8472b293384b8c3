import type { Redis } from 'ioredis';

/**
 * The accounts that have reached their limit of undelivered events. The subscription service, which stores those
 * events, writes the list; the processes that accept events read it.
 */
export interface FullAccounts {
  /** Replaces the list, which expires after a minute. */
  write(accounts: readonly string[]): Promise<void>;
  read(): Promise<readonly string[]>;
}

/** The list may expire safely: without a subscription service no event is stored, and so no account exceeds its limit. */
const keptS = 60;

export function createRedisFullAccounts({ redis, prefix }: { redis: Redis; prefix: string }): FullAccounts {
  const key = `${prefix}full-accounts`;
  return {
    async write(accounts) {
      await redis.set(key, JSON.stringify(accounts), 'EX', keptS);
    },
    async read() {
      const list: unknown = JSON.parse((await redis.get(key)) ?? '[]');
      return Array.isArray(list) ? list.filter((account) => typeof account === 'string') : [];
    },
  };
}

/** The list in the memory of a process that runs all services. */
export function createMemoryFullAccounts(): FullAccounts {
  let list: readonly string[] = [];
  return {
    write(accounts) {
      list = accounts;
      return Promise.resolve();
    },
    read: () => Promise.resolve(list),
  };
}
