import { theOne } from '../database/the-one.js';
import { inTransaction, type Pool } from '../database/pool.js';
import type { Rows } from './selection.js';
import { countUndelivered } from './undelivered-events.js';

/** Keeps each statement short. */
const batchSize = 1_000;

interface Deletion {
  readonly deleted: number;
  /** Selected events that were not deleted, because the time ran out. */
  readonly left: number;
}

/**
 * Deletes events in batches, oldest first, until none of them is left or the time is over.
 *
 * @param endMs the time after which no further batch begins, as `performance.now()` measures it
 */
export async function deleteUndelivered(pool: Pool, rows: Rows, endMs: number): Promise<Deletion> {
  const newest = await newestId(pool);
  let deleted = 0;
  let from: BatchStart = '-infinity';
  do {
    const batch = await deleteBatch(pool, rows, { newest, from });
    deleted += batch.count;
    if (batch.through === null || batch.count < batchSize) return { deleted, left: 0 };
    from = batch.through;
  } while (performance.now() < endMs);
  return { deleted, left: await countUndelivered(pool, rows) };
}

/** The time of acceptance at which a batch begins. The previous batch ended there, so that few rows are read again. */
type BatchStart = Date | '-infinity';

async function deleteBatch(
  pool: Pool,
  { where, values }: Rows,
  { newest, from }: { newest: number; from: BatchStart },
): Promise<{ count: number; through: Date | null }> {
  const { rows } = await pool.query<{ count: number; through: Date | null }>(
    `WITH deleted AS (
       DELETE FROM undelivered WHERE id IN (
         SELECT id FROM undelivered WHERE ${where} AND id <= $7 AND received_at >= $8
         ORDER BY received_at, id LIMIT $9 FOR UPDATE
       ) RETURNING received_at
     ) SELECT count(*) AS count, max(received_at) AS through FROM deleted`,
    [...values, newest, from, batchSize],
  );
  return theOne(rows);
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
