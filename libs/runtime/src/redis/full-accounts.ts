import type { Redis } from 'ioredis';

/**
 * The accounts that have as many undelivered events as they may: the subscription service, which keeps those, tells it, and the
 * processes that take events ask for it.
 */
export interface FullAccounts {
  /** Replaces the accounts of the last call. They expire unless the call is repeated. */
  tell(accounts: readonly string[]): Promise<void>;
  ask(): Promise<readonly string[]>;
}

/** Without a subscription service nothing is stored either, and so no account has more than it had. */
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

/** Within one process. */
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
