import type { FullAccounts } from '@callbus/runtime/redis/full-accounts';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { QuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import type { Pool } from '../database/pool.js';
import { runLoop } from '../loop.js';
import { accountsWithUndelivered } from './usage.js';

export interface WatchAccountsOptions {
  readonly pool: Pool;
  readonly fullAccounts: Pick<FullAccounts, 'tell'>;
  /** The number of undelivered events at which an account is full. */
  readonly most: number;
  readonly metrics: Pick<QuotaMetrics, 'full'>;
  readonly logger: Logger;
}

const intervalMs = 2_000;

/** Tells ingest which accounts have reached their quota of undelivered events. Every replica tells the same. */
export function watchAccounts(options: WatchAccountsOptions): { stop(): Promise<void> } {
  const { pool, fullAccounts, most, metrics, logger } = options;
  let known = '';

  return runLoop({
    async step() {
      const accounts = await accountsWithUndelivered(pool, most);
      metrics.full(accounts.length);
      if (accounts.join() !== known)
        logger.warn({ accounts: accounts.slice(0, 20), count: accounts.length }, 'accounts with too much undelivered');
      known = accounts.join();
      await fullAccounts.tell(accounts);
      return false;
    },
    pauseMs: intervalMs,
    failure: 'nobody hears of accounts with too much undelivered',
    logger,
  });
}
