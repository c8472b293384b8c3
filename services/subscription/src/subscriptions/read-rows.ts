import type pg from 'pg';
import type { Pool } from '../database/pool.js';
import type { Target } from '../http/read-path.js';
import { columns, type SubscriptionRow } from './row.js';

/** The beginning and the largest size of a page. */
export interface PageBounds {
  /** The page begins after this id. */
  readonly after: number;
  readonly rows: number;
  /** The bytes of the rows as JSON. A single row may have more. */
  readonly bytes: number;
}

/**
 * Lists subscriptions by ascending id. The size of a row is stored in a column, so that only the rows of the page are
 * read whole.
 *
 * @returns the rows, and as `next` the id after which the next page begins, or null after the last page
 */
export async function listSubscriptions(
  client: pg.ClientBase,
  { after, rows: maxRows, bytes }: PageBounds,
): Promise<{ rows: SubscriptionRow[]; next: number | null }> {
  const { rows } = await client.query<SubscriptionRow & { candidates: number }>(
    `WITH candidates AS MATERIALIZED (
       SELECT id, bytes FROM subscriptions WHERE id > $1 ORDER BY id LIMIT $2
     ), sized AS (
       SELECT id, bytes, sum(bytes) OVER (ORDER BY id) AS through FROM candidates
     )
     SELECT ${columns}, (SELECT count(*) FROM candidates) AS candidates FROM subscriptions
     WHERE id IN (SELECT id FROM sized WHERE through <= $3 OR through = bytes) ORDER BY id`,
    [after, maxRows, bytes],
  );
  const [last] = rows.slice(-1);
  const isLast = last === undefined || (last.candidates < maxRows && rows.length === last.candidates);
  return { rows, next: isLast ? null : last.id };
}

export async function findSubscription(client: pg.ClientBase, id: number): Promise<SubscriptionRow | undefined> {
  const { rows } = await client.query<SubscriptionRow>(`SELECT ${columns} FROM subscriptions WHERE id = $1`, [id]);
  return rows[0];
}

export async function hasSubscription(pool: Pool, { account, id }: Target): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT FROM subscriptions WHERE account = $1 AND id = $2', [account, id]);
  return rowCount === 1;
}

export async function findSubscriptionOf(pool: Pool, { account, id }: Target): Promise<SubscriptionRow | undefined> {
  const { rows } = await pool.query<SubscriptionRow>(
    `SELECT ${columns} FROM subscriptions WHERE account = $1 AND id = $2`,
    [account, id],
  );
  return rows[0];
}

/** The names, by id, of the given subscriptions that the account still has. */
export async function namesOf(pool: Pool, account: string, ids: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await pool.query<{ id: number; name: string }>(
    'SELECT id, name FROM subscriptions WHERE account = $1 AND id = ANY ($2)',
    [account, ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
