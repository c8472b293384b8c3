import type { UndeliveredReason } from '@callbus/contracts/deliveries/undelivered';
import type pg from 'pg';
import { inReading, type Pool } from '../database/pool.js';
import type { Rows } from './selection.js';
import { theOne } from '../database/the-one.js';
import { undeliveredOf } from '../accounts/usage.js';

/** An event that could not be delivered, as its account sees it. */
export interface UndeliveredEvent {
  readonly id: number;
  readonly eventId: string | null;
  readonly eventName: string | null;
  readonly reason: UndeliveredReason;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastAnswer: string | null;
  readonly receivedAt: Date;
  readonly failedAt: Date;
  /** The queue from which the event came; null when a worker ended its delivery. */
  readonly queue: string | null;
  /** Null unless it was requested. */
  readonly body: Buffer | null;
}

interface PageOfEvents {
  readonly offset: number;
  readonly limit: number;
  readonly withBody: boolean;
}

/** The most bytes of a page. The first event is answered whatever its size, because an event may have megabytes. */
const answerMaxBytes = 16 * 1024 * 1024;

/** The time limit of each of the two statements: counting a part of ten million rows takes seconds. */
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
    const { where, values } = rows;
    const count = await countIn(client, rows);
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

export function countUndelivered(pool: Pool, rows: Rows): Promise<number> {
  return inReading(pool, pageTimeoutMs, (client) => countIn(client, rows));
}

async function countIn(client: pg.ClientBase, { where, values, allOf }: Rows): Promise<number> {
  if (allOf !== null) return undeliveredOf(client, allOf);
  const { rows } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM undelivered WHERE ${where}`, [
    ...values,
  ]);
  return theOne(rows).count;
}
