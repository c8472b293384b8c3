import { theOne } from '../database/the-one.js';
import { inTransaction, type Pool } from '../database/pool.js';
import type { Rows } from './selection.js';

/** Keeps each statement short. */
const batchSize = 1_000;

/**
 * Deletes events in batches, oldest first.
 *
 * @returns the number of deleted events
 */
export async function deleteUndelivered(pool: Pool, rows: Rows): Promise<number> {
  const { where, values } = rows;
  const through = await newestId(pool);
  let deleted = 0;
  for (;;) {
    const { rowCount } = await pool.query(
      `DELETE FROM undelivered WHERE id IN (
         SELECT id FROM undelivered WHERE ${where} AND id <= $7 ORDER BY received_at, id LIMIT $8 FOR UPDATE
       )`,
      [...values, through, batchSize],
    );
    deleted += rowCount ?? 0;
    if (rowCount !== batchSize) return deleted;
  }
}

/** The id of the newest row. A loop that stops at this row ends, however many events are stored meanwhile. */
export async function newestId(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ id: number }>('SELECT coalesce(max(id), 0) AS id FROM undelivered');
  return theOne(rows).id;
}

/**
 * Deletes a batch of events that failed before the given time, and all jobs that ended before it. One process at a time
 * does it.
 *
 * @returns the number of deleted events
 */
export function deleteExpired(pool: Pool, retentionDays: number): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ isOurs: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('retention', 0)) AS "isOurs"`,
    );
    if (rows[0]?.isOurs !== true) return 0;
    await client.query(`DELETE FROM replays WHERE ended_at < now() - make_interval(days => $1)`, [retentionDays]);
    const { rowCount } = await client.query(
      `DELETE FROM undelivered WHERE id IN (
         SELECT id FROM undelivered WHERE failed_at < now() - make_interval(days => $1)
         ORDER BY failed_at LIMIT $2 FOR UPDATE SKIP LOCKED
       )`,
      [retentionDays, batchSize],
    );
    return rowCount ?? 0;
  });
}
