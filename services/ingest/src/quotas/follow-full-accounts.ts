import { setTimeout as sleep } from 'node:timers/promises';
import type { FullAccounts } from '@callbus/runtime/redis/full-accounts';
import type { Logger } from '@callbus/runtime/observability/logger';
import { messageOf } from '@callbus/runtime/observability/message-of';

export interface FollowFullAccountsOptions {
  readonly fullAccounts: Pick<FullAccounts, 'read'>;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** The accounts that must not publish, as they were read last. */
export interface KnownFullAccounts {
  has(account: string): boolean;
  stop(): void;
}

/**
 * Reads the full accounts at every interval. Publishing does not depend on Redis: while Redis is away, the last list stays
 * valid, and a process that has no list yet refuses no account.
 */
export function followFullAccounts(options: FollowFullAccountsOptions): KnownFullAccounts {
  const { fullAccounts, logger, intervalMs } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let known: ReadonlySet<string> = new Set();
  let failures = 0;

  async function update(): Promise<void> {
    try {
      known = new Set(await fullAccounts.read());
      failures = 0;
    } catch (error) {
      failures += 1;
      // The first read may come before the connection to Redis.
      if (failures === 2) {
        const details = { error: messageOf(error), known: known.size };
        logger.warn(details, 'full accounts cannot be read: the last list stays valid');
      }
    }
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await update();
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  void follow();

  return { has: (account) => known.has(account), stop: () => stopping.abort() };
}
