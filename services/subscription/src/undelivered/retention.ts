import type { Logger } from '@callbus/runtime/observability/logger';
import type { Pool } from '../database/pool.js';
import { runLoop } from '../loop.js';
import { deleteExpired } from './delete-undelivered.js';

interface Options {
  readonly pool: Pool;
  readonly retentionDays: number;
  readonly logger: Logger;
}

const intervalMs = 3_600_000;

/** Deletes undelivered events that are older than the retention, at the start and every hour. */
export function keepRetention({ pool, retentionDays, logger }: Options): { stop(): Promise<void> } {
  return runLoop({
    async step({ stopping }) {
      let deleted;
      let total = 0;
      do {
        deleted = await deleteExpired(pool, retentionDays);
        total += deleted;
      } while (deleted > 0 && !stopping.aborted);
      if (total > 0) logger.info({ events: total, retentionDays }, 'deleted undelivered events by age');
      return false;
    },
    pauseMs: intervalMs,
    failure: 'undelivered events cannot be deleted by age',
    logger,
  });
}
