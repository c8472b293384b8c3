import { inTransaction, sqlStateOf, type Pool } from './database.js';
import type { Search } from './search.js';
import { columns, type Place, type SubscriptionRow } from './subscription-row.js';
import type { Definition } from './validate.js';

/** A subscription as its caller defines it, and who does. */
export interface Save {
  readonly place: Place;
  readonly operator: string;
  readonly definition: Definition;
}

export async function insertSubscription(pool: Pool, save: Save): Promise<SubscriptionRow | 'name taken'> {
  return orNameTaken(async () => {
    const { rows } = await pool.query<SubscriptionRow>(
      `INSERT INTO subscriptions (account, biz_id, operator, name, system_name, callback_url, confirm_mode,
         confirm_pattern, event_names, event_bus_id, timeout_s, enabled, payload_format, headers, max_attempts,
         max_in_flight, revision, saved_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, nextval('revisions'), now())
       RETURNING ${columns}`,
      valuesOf(save),
    );
    return theOne(rows);
  });
}

/** The row is locked before its revision is taken: the order of revisions is the order in which changes took effect. */
export async function updateSubscription(
  pool: Pool,
  id: number,
  save: Save,
): Promise<SubscriptionRow | 'name taken' | 'not found'> {
  return orNameTaken(() =>
    inTransaction(pool, async (client) => {
      const { rowCount } = await client.query(
        'SELECT FROM subscriptions WHERE account = $1 AND biz_id = $2 AND id = $3 FOR UPDATE',
        [save.place.account, save.place.bizId, id],
      );
      if (rowCount === 0) return 'not found';
      const { rows } = await client.query<SubscriptionRow>(
        `UPDATE subscriptions SET (operator, name, system_name, callback_url, confirm_mode, confirm_pattern,
           event_names, event_bus_id, timeout_s, enabled, payload_format, headers, max_attempts, max_in_flight,
           revision, saved_at)
         = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, nextval('revisions'), now())
         WHERE account = $1 AND biz_id = $2 AND id = $17
         RETURNING ${columns}`,
        [...valuesOf(save), id],
      );
      return theOne(rows);
    }),
  );
}

/** Its undelivered events go with it. @returns the revision of the deletion */
export async function deleteSubscription(pool: Pool, place: Place, id: number): Promise<number | 'not found'> {
  const { rows } = await pool.query<{ revision: number }>(
    `DELETE FROM subscriptions WHERE account = $1 AND biz_id = $2 AND id = $3
     RETURNING nextval('revisions') AS revision`,
    [place.account, place.bizId, id],
  );
  return rows[0]?.revision ?? 'not found';
}

export async function searchSubscriptions(
  pool: Pool,
  search: Search,
): Promise<{ count: number; rows: SubscriptionRow[] }> {
  const { where, orderBy, values, offset, limit } = search;
  const counted = await pool.query<{ count: number }>(`SELECT count(*) AS count FROM subscriptions WHERE ${where}`, [
    ...values,
  ]);
  const { rows } = await pool.query<SubscriptionRow>(
    `SELECT ${columns} FROM subscriptions WHERE ${where} ORDER BY ${orderBy}
     LIMIT $${values.length + 1} OFFSET $${values.length + 2}`,
    [...values, limit, offset],
  );
  return { count: theOne(counted.rows).count, rows };
}

/** Ascending by id, from the first id after `after`. */
export async function listSubscriptions(pool: Pool, after: number, limit: number): Promise<SubscriptionRow[]> {
  const { rows } = await pool.query<SubscriptionRow>(
    `SELECT ${columns} FROM subscriptions WHERE id > $1 ORDER BY id LIMIT $2`,
    [after, limit],
  );
  return rows;
}

export async function findSubscription(pool: Pool, id: number): Promise<SubscriptionRow | undefined> {
  const { rows } = await pool.query<SubscriptionRow>(`SELECT ${columns} FROM subscriptions WHERE id = $1`, [id]);
  return rows[0];
}

/** Whether there is such a subscription at this place. */
export async function hasSubscription(pool: Pool, place: Place, id: number): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT FROM subscriptions WHERE account = $1 AND biz_id = $2 AND id = $3', [
    place.account,
    place.bizId,
    id,
  ]);
  return rowCount === 1;
}

/** The names of those that the account still has, by id. */
export async function namesOf(pool: Pool, account: string, ids: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await pool.query<{ id: number; name: string }>(
    'SELECT id, name FROM subscriptions WHERE account = $1 AND id = ANY ($2)',
    [account, ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** In the order of the columns above; pg writes the list as an array and the object as JSON. */
function valuesOf({ place, operator, definition }: Save): unknown[] {
  return [
    place.account,
    place.bizId,
    operator,
    definition.name,
    definition.systemName,
    definition.callbackUrl,
    definition.confirmMode,
    definition.confirmPattern,
    definition.eventNames,
    definition.eventBusId,
    definition.timeoutS,
    definition.enabled,
    definition.payloadFormat,
    definition.headers,
    definition.maxAttempts,
    definition.maxInFlight,
  ];
}

const uniqueViolation = '23505';

/** The database alone decides, so that of any number of callers at once exactly one gets the name. */
async function orNameTaken<T>(save: () => Promise<T>): Promise<T | 'name taken'> {
  try {
    return await save();
  } catch (error) {
    if (sqlStateOf(error) === uniqueViolation) return 'name taken';
    throw error;
  }
}

function theOne<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('a statement that returns its row returned none');
  return row;
}
