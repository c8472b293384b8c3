import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Pool } from '../database/pool.js';
import { deleteExpired } from './undelivered-events.js';

export interface RetentionOptions {
  readonly pool: Pool;
  readonly retentionDays: number;
  readonly logger: Logger;
}

const intervalMs = 3_600_000;

/** Deletes what failed longer ago than it is to be kept, batch by batch, when it starts and every hour. */
export function keepRetention({ pool, retentionDays, logger }: RetentionOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function deleteAll(): Promise<void> {
    let deleted;
    let total = 0;
    do {
      deleted = await deleteExpired(pool, retentionDays);
      total += deleted;
    } while (deleted > 0 && !signal.aborted);
    if (total > 0) logger.info({ events: total, retentionDays }, 'undelivered events deleted by age');
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await deleteAll().catch((error: unknown) => logger.warn({ err: error }, 'nothing is deleted by age for now'));
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
