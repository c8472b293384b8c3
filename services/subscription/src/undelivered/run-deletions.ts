import type { Logger } from '@callbus/runtime/observability/logger';
import { inTransaction, type Pool } from '../database/pool.js';
import { runLoop } from '../loop.js';

const idleMs = 1_000;
/** Keeps transactions short. */
const chunkRows = 2_000;

/**
 * Deletes the undelivered events of deleted subscriptions in chunks, because a million events take longer than a request
 * may (decision 0050). When a replica is killed, another one continues its work.
 */
export function runDeletions({ pool, logger }: { pool: Pool; logger: Logger }): { stop(): Promise<void> } {
  return runLoop({
    step: () => deleteChunk(pool),
    pauseMs: idleMs,
    failure: 'undelivered events of deleted subscriptions cannot be deleted',
    logger,
  });
}

/** @returns false when every deletion has a process that works on it */
function deleteChunk(pool: Pool): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      'SELECT subscription_id AS id FROM deletions ORDER BY subscription_id LIMIT 1 FOR UPDATE SKIP LOCKED',
    );
    const [deletion] = rows;
    if (deletion === undefined) return false;
    const { rowCount } = await client.query(
      'DELETE FROM undelivered WHERE id IN (SELECT id FROM undelivered WHERE subscription_id = $1 LIMIT $2 FOR UPDATE)',
      [deletion.id, chunkRows],
    );
    if (rowCount === 0)
      for (const table of ['undelivered_counts_of_subscriptions', 'deletions'])
        await client.query(`DELETE FROM ${table} WHERE subscription_id = $1`, [deletion.id]);
    return true;
  });
}
