import type { Logger } from '@callbus/runtime/observability/logger';
import type { Pool } from '../database/pool.js';
import { runLoop } from '../loop.js';
import { deleteExpired } from './undelivered-events.js';

export interface RetentionOptions {
  readonly pool: Pool;
  readonly retentionDays: number;
  readonly logger: Logger;
}

const intervalMs = 3_600_000;

/** Deletes undelivered events that are older than the retention, batch by batch, at the start and every hour. */
export function keepRetention({ pool, retentionDays, logger }: RetentionOptions): { stop(): Promise<void> } {
  return runLoop({
    async step({ stopping }) {
      let deleted;
      let total = 0;
      do {
        deleted = await deleteExpired(pool, retentionDays);
        total += deleted;
      } while (deleted > 0 && !stopping.aborted);
      if (total > 0) logger.info({ events: total, retentionDays }, 'undelivered events deleted by age');
      return false;
    },
    pauseMs: intervalMs,
    failure: 'nothing is deleted by age for now',
    logger,
  });
}
