import type { FullAccounts } from '@callbus/runtime/redis/full-accounts';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { QuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import type { Pool } from '../database/pool.js';
import { runLoop } from '../loop.js';
import { accountsWithUndelivered } from './usage.js';

interface Options {
  readonly pool: Pool;
  readonly fullAccounts: Pick<FullAccounts, 'write'>;
  /** The number of undelivered events at which an account is full. */
  readonly maxUndelivered: number;
  readonly metrics: Pick<QuotaMetrics, 'full'>;
  readonly logger: Logger;
}

const intervalMs = 2_000;

/** Reports to ingest which accounts have reached their quota of undelivered events. All replicas report the same. */
export function watchAccounts(options: Options): { stop(): Promise<void> } {
  const { pool, fullAccounts, maxUndelivered, metrics, logger } = options;
  let reported = '';

  return runLoop({
    async step() {
      const accounts = await accountsWithUndelivered(pool, maxUndelivered);
      metrics.full(accounts.length);
      if (accounts.join() !== reported)
        logger.warn(
          { accounts: accounts.slice(0, 20), count: accounts.length },
          'accounts have reached their quota of undelivered events',
        );
      reported = accounts.join();
      await fullAccounts.write(accounts);
      return false;
    },
    pauseMs: intervalMs,
    failure: 'full accounts cannot be reported to ingest',
    logger,
  });
}
