import type { Redis } from 'ioredis';

/**
 * The accounts that have reached their limit of undelivered events. The subscription service, which stores those
 * events, tells the accounts; the processes that accept events ask for them.
 */
export interface FullAccounts {
  /** Replaces the accounts of the last call. They expire unless the call is repeated. */
  tell(accounts: readonly string[]): Promise<void>;
  ask(): Promise<readonly string[]>;
}

/**
 * Forgetting is safe: without a subscription service nothing is stored, and so no account exceeds its limit further.
 */
const keptS = 60;

export function createRedisFullAccounts({ redis, prefix }: { redis: Redis; prefix: string }): FullAccounts {
  const key = `${prefix}full-accounts`;
  return {
    async tell(accounts) {
      await redis.set(key, JSON.stringify(accounts), 'EX', keptS);
    },
    async ask() {
      const told: unknown = JSON.parse((await redis.get(key)) ?? '[]');
      return Array.isArray(told) ? told.filter((account) => typeof account === 'string') : [];
    },
  };
}

/** For one process alone. */
export function createMemoryFullAccounts(): FullAccounts {
  let told: readonly string[] = [];
  return {
    tell(accounts) {
      told = accounts;
      return Promise.resolve();
    },
    ask: () => Promise.resolve(told),
  };
}
