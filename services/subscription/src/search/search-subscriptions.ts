import { inReading, type Pool } from '../database/pool.js';
import { theOne } from '../database/the-one.js';
import { columns, type SubscriptionRow } from '../subscriptions/row.js';
import type { Search } from './search.js';

/** The longest time for which a search holds its connection. */
const searchTimeoutMs = 1_000;
const answerMaxBytes = 16 * 1024 * 1024;

/** @returns the number of all matches, and the rows of the page as far as they fit into an answer */
export function searchSubscriptions(pool: Pool, search: Search): Promise<{ count: number; rows: SubscriptionRow[] }> {
  const { where, orderBy, values, offset, limit } = search;
  return inReading(pool, searchTimeoutMs, async (client) => {
    const [start, end, bytes] = [1, 2, 3].map((number) => `$${values.length + number}`);
    // Evaluates each condition once per row, and reads only the rows of the page whole.
    const found = await client.query<{ count: number; ids: number[] }>(
      `WITH found AS MATERIALIZED (
         SELECT id, bytes, row_number() OVER (ORDER BY ${orderBy}) AS rank FROM subscriptions WHERE ${where}
       ), sized AS (
         SELECT id, bytes, rank, sum(bytes) OVER (ORDER BY rank) AS through FROM found WHERE rank > ${start} AND rank <= ${end}
       )
       SELECT (SELECT count(*) FROM found) AS count,
         (SELECT coalesce(json_agg(id ORDER BY rank), '[]') FROM sized WHERE through <= ${bytes} OR through = bytes) AS ids`,
      [...values, offset, offset + limit, answerMaxBytes],
    );
    const { count, ids } = theOne(found.rows);
    if (ids.length === 0) return { count, rows: [] };
    const { rows } = await client.query<SubscriptionRow>(
      `SELECT ${columns} FROM unnest($1::bigint[]) WITH ORDINALITY AS page (page_id, rank)
       JOIN subscriptions ON id = page_id ORDER BY rank`,
      [ids],
    );
    return { count, rows };
  });
}
