import type pg from 'pg';
import { inReading, inTransaction, type Pool } from '../database/pool.js';
import { valuesOf, whereSelected, type Rows, type Selection } from './selection.js';
import { theOne } from '../database/the-one.js';
import { undeliveredOf } from '../accounts/usage.js';

/** An event that could not be delivered, as its subscriber sees it. */
export interface UndeliveredEvent {
  readonly id: number;
  readonly eventId: string | null;
  readonly eventName: string | null;
  readonly reason: string;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastAnswer: string | null;
  readonly receivedAt: Date;
  readonly failedAt: Date;
  /** The queue that the event came from; null when a worker ended its delivery. */
  readonly queue: string | null;
  /** Only when asked for. */
  readonly body: Buffer | null;
}

interface PageOfEvents {
  readonly offset: number;
  readonly limit: number;
  readonly withBody: boolean;
}

/** The most bytes of a page. An event may have megabytes, so one event is answered in any case. */
const answerMaxBytes = 16 * 1024 * 1024;

/** The time limit of each of the two statements: to count a narrowed selection of ten million rows takes seconds. */
const pageTimeoutMs = 5_000;

/**
 * Lists events in the order of acceptance, like a replay; fewer than the limit when their bodies are large. A page
 * beyond the middle is searched from the end, by the index alone, without reading the rows that are skipped.
 */
export function listUndelivered(
  pool: Pool,
  rows: Rows,
  page: PageOfEvents,
): Promise<{ count: number; events: UndeliveredEvent[] }> {
  return inReading(pool, pageTimeoutMs, async (client) => {
    const { where, values, allOf } = rows;
    const count = allOf === null ? await countUndelivered(client, rows) : await undeliveredOf(client, allOf);
    const limit = Math.min(page.limit, count - page.offset);
    if (limit <= 0) return { count, events: [] };
    const isFromEnd = page.offset > count / 2;
    const offset = isFromEnd ? count - page.offset - limit : page.offset;
    const direction = isFromEnd ? 'DESC' : 'ASC';
    const found = await client.query<UndeliveredEvent>(
      `SELECT id, event_id AS "eventId", event_name AS "eventName", reason, attempts, last_status AS "lastStatus",
         last_answer AS "lastAnswer", received_at AS "receivedAt", failed_at AS "failedAt",
         queue, CASE WHEN $7 THEN body END AS body
       FROM undelivered WHERE id IN (
         SELECT id FROM (
           SELECT id, bytes, sum(bytes) OVER (ORDER BY received_at, id) AS through FROM (
             SELECT id, received_at, CASE WHEN $7 THEN octet_length(body) ELSE 0 END AS bytes FROM undelivered
             WHERE id IN (
               SELECT id FROM undelivered WHERE ${where}
               ORDER BY received_at ${direction}, id ${direction} OFFSET $8 LIMIT $9
             )
           ) AS page
         ) AS sized WHERE through <= $10 OR through = bytes
       ) ORDER BY received_at, id`,
      [...values, page.withBody, offset, limit, answerMaxBytes],
    );
    return { count, events: found.rows };
  });
}

async function countUndelivered(client: pg.ClientBase, { where, values }: Rows): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM undelivered WHERE ${where}`, [
    ...values,
  ]);
  return theOne(rows).count;
}

/** Keeps statements shorter than a request may take. */
const batchSize = 1_000;

/** @returns the number of deleted events */
export async function deleteUndelivered(pool: Pool, subscription: number, selection: Selection): Promise<number> {
  let deleted = 0;
  for (;;) {
    const { rowCount } = await pool.query(
      `DELETE FROM undelivered WHERE id IN (
         SELECT id FROM undelivered WHERE ${whereSelected(1)} ORDER BY received_at, id LIMIT $7 FOR UPDATE
       )`,
      [...valuesOf(subscription, selection), batchSize],
    );
    deleted += rowCount ?? 0;
    if (rowCount !== batchSize) return deleted;
  }
}

/**
 * Deletes a batch of events that failed before the given time, and of jobs that ended before it. One process at a time
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
