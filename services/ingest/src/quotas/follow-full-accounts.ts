import { setTimeout as sleep } from 'node:timers/promises';
import type { FullAccounts } from '@callbus/runtime/redis/full-accounts';
import type { Logger } from '@callbus/runtime/observability/logger';

export interface FollowFullAccountsOptions {
  readonly fullAccounts: Pick<FullAccounts, 'ask'>;
  readonly logger: Logger;
  readonly intervalMs?: number;
}

/** The accounts that must not publish, as they were last known. */
export interface KnownFullAccounts {
  has(account: string): boolean;
  stop(): void;
}

/**
 * Asks every second. While Redis is away, the last answer stays valid, and a process that has had no answer yet refuses no account: publishing does
 * not depend on Redis.
 */
export function followFullAccounts(options: FollowFullAccountsOptions): KnownFullAccounts {
  const { fullAccounts, logger, intervalMs = 1_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let known: ReadonlySet<string> = new Set();
  let isFailing = false;

  async function ask(): Promise<void> {
    try {
      known = new Set(await fullAccounts.ask());
      isFailing = false;
    } catch (error) {
      if (!isFailing)
        logger.warn({ err: error, known: known.size }, 'accounts with too much undelivered: as known last');
      isFailing = true;
    }
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await ask();
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  void follow();

  return { has: (account) => known.has(account), stop: () => stopping.abort() };
}
