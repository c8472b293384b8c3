import type { SealedSecret } from '@callbus/contracts/subscription';
import type pg from 'pg';
import { inReading, sqlStateOf, type Pool } from '../database/pool.js';
import { fault, type Fault } from '../http/errors.js';
import type { Search } from '../search/search.js';
import type { Target } from '../http/read-path.js';
import { givenFields, type Definition, type SubscriptionRow } from './fields.js';
import { columns, type Place } from './row.js';
import { theOne } from '../database/the-one.js';
import { undeliveredOf } from '../accounts/usage.js';

/** A subscription as its caller defines it, with the name of the caller. */
export interface Save {
  readonly operator: string;
  readonly definition: Definition;
  /** The signing secrets and the sealed header values. */
  readonly secrets: readonly SealedSecret[];
}

/** Call it in a transaction, like all functions here that change something. A name that is taken rolls it back. */
export function insertSubscription(
  client: pg.ClientBase,
  { account, bizId }: Place,
  save: Save,
): Promise<SubscriptionRow | Fault> {
  const row = { ...columnsOf(save), account, biz_id: bizId };
  const values = Object.values(row);
  return orNameTaken(async () => {
    const { rows } = await client.query<SubscriptionRow>(
      `INSERT INTO subscriptions (${Object.keys(row).join(', ')}, revision, saved_at)
       VALUES (${parametersOf(values)}, nextval('revisions'), now())
       RETURNING ${columns}`,
      values,
    );
    return theOne(rows);
  });
}

/** Locks a subscription until the transaction ends. */
export async function lockSubscription(
  client: pg.ClientBase,
  { account, id }: Target,
): Promise<SubscriptionRow | undefined> {
  const { rows } = await client.query<SubscriptionRow>(
    `SELECT ${columns} FROM subscriptions WHERE account = $1 AND id = $2 FOR UPDATE`,
    [account, id],
  );
  return rows[0];
}

/**
 * Call it with the row locked. The revision is taken after the lock, so that revisions have the order in which changes
 * took effect.
 */
export function updateSubscription(client: pg.ClientBase, id: number, save: Save): Promise<SubscriptionRow | Fault> {
  const row = columnsOf(save);
  const values = Object.values(row);
  return orNameTaken(async () => {
    const { rows } = await client.query<SubscriptionRow>(
      `UPDATE subscriptions SET (${Object.keys(row).join(', ')}, disabled_reason, revision, saved_at)
       = (${parametersOf(values)}, CASE WHEN $${values.length + 1} THEN NULL ELSE disabled_reason END,
         nextval('revisions'), now())
       WHERE id = $${values.length + 2}
       RETURNING ${columns}`,
      [...values, save.definition.enabled, id],
    );
    return theOne(rows);
  });
}

/**
 * @param replace makes the new secrets from the current ones
 * @returns undefined when there is no such subscription
 */
export async function replaceSecrets(
  client: pg.ClientBase,
  { target, operator }: { target: Target; operator: string },
  replace: (secrets: readonly SealedSecret[]) => readonly SealedSecret[],
): Promise<SubscriptionRow | undefined> {
  const before = await lockSubscription(client, target);
  if (before === undefined) return undefined;
  const { rows } = await client.query<SubscriptionRow>(
    `UPDATE subscriptions SET secrets = $2, operator = $3, revision = nextval('revisions'), saved_at = now()
     WHERE id = $1 RETURNING ${columns}`,
    [target.id, JSON.stringify(replace(before.secrets)), operator],
  );
  return theOne(rows);
}

/**
 * Disables a subscription unless it was changed since that revision.
 *
 * @returns undefined when it was changed or deleted
 */
export async function disableSubscription(
  client: pg.ClientBase,
  { id, revision, reason }: { id: number; revision: number; reason: string },
): Promise<SubscriptionRow | undefined> {
  const { rows } = await client.query<SubscriptionRow>(
    `UPDATE subscriptions SET enabled = false, disabled_reason = $3, revision = nextval('revisions'), saved_at = now()
     WHERE id = $1 AND revision = $2 AND enabled RETURNING ${columns}`,
    [id, revision, reason],
  );
  return rows[0];
}

/**
 * Deletes a subscription, and its undelivered events in the background.
 *
 * @returns the revision of the deletion and the number of undelivered events; undefined when nothing is deleted
 */
export async function deleteSubscription(
  client: pg.ClientBase,
  { account, id }: Target,
): Promise<{ revision: number; dropped: number } | undefined> {
  const { rows } = await client.query<{ revision: number }>(
    `DELETE FROM subscriptions WHERE account = $1 AND id = $2 RETURNING nextval('revisions') AS revision`,
    [account, id],
  );
  const [deleted] = rows;
  if (deleted === undefined) return undefined;
  return { ...deleted, dropped: await undeliveredOf(client, id) };
}

/** The time for which a search may hold its connection, whatever the caller's patterns and the account's rows. */
const searchTimeoutMs = 1_000;
const answerMaxBytes = 16 * 1024 * 1024;

/** @returns the number of all matches, and the rows of the page, as far as they fit into an answer */
export function searchSubscriptions(pool: Pool, search: Search): Promise<{ count: number; rows: SubscriptionRow[] }> {
  const { where, orderBy, values, offset, limit } = search;
  return inReading(pool, searchTimeoutMs, async (client) => {
    const [start, end, bytes] = [1, 2, 3].map((place) => `$${values.length + place}`);
    // Each condition is evaluated once per row, and only the rows of the page are read whole.
    const found = await client.query<{ count: number; ids: number[] }>(
      `WITH found AS MATERIALIZED (
         SELECT id, bytes, row_number() OVER (ORDER BY ${orderBy}) AS place FROM subscriptions WHERE ${where}
       ), sized AS (
         SELECT id, bytes, place, sum(bytes) OVER (ORDER BY place) AS through FROM found WHERE place > ${start} AND place <= ${end}
       )
       SELECT (SELECT count(*) FROM found) AS count,
         (SELECT coalesce(json_agg(id ORDER BY place), '[]') FROM sized WHERE through <= ${bytes} OR through = bytes) AS ids`,
      [...values, offset, offset + limit, answerMaxBytes],
    );
    const { count, ids } = theOne(found.rows);
    if (ids.length === 0) return { count, rows: [] };
    const { rows } = await client.query<SubscriptionRow>(
      `SELECT ${columns} FROM unnest($1::bigint[]) WITH ORDINALITY AS page (page_id, place)
       JOIN subscriptions ON id = page_id ORDER BY place`,
      [ids],
    );
    return { count, rows };
  });
}

/** Where a page begins, and how large it may become. */
export interface PageBounds {
  /** The page begins after this id. */
  readonly after: number;
  readonly rows: number;
  /** The size of the rows as JSON. A single row may be larger. */
  readonly bytes: number;
}

/**
 * Lists subscriptions by ascending id. The sizes are kept beside the rows, so that only the rows of the page are read
 * whole.
 *
 * @returns `next`, the id after which the next page begins, or null after the last page
 */
export async function listSubscriptions(
  client: pg.ClientBase,
  { after, rows: most, bytes }: PageBounds,
): Promise<{ rows: SubscriptionRow[]; next: number | null }> {
  const { rows } = await client.query<SubscriptionRow & { candidates: number }>(
    `WITH candidates AS MATERIALIZED (
       SELECT id, bytes FROM subscriptions WHERE id > $1 ORDER BY id LIMIT $2
     ), sized AS (
       SELECT id, bytes, sum(bytes) OVER (ORDER BY id) AS through FROM candidates
     )
     SELECT ${columns}, (SELECT count(*) FROM candidates) AS candidates FROM subscriptions
     WHERE id IN (SELECT id FROM sized WHERE through <= $3 OR through = bytes) ORDER BY id`,
    [after, most, bytes],
  );
  const [last] = rows.slice(-1);
  const isLast = last === undefined || (last.candidates < most && rows.length === last.candidates);
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

/** The names of these subscriptions by id, as far as the account still has them. */
export async function namesOf(pool: Pool, account: string, ids: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await pool.query<{ id: number; name: string }>(
    'SELECT id, name FROM subscriptions WHERE account = $1 AND id = ANY ($2)',
    [account, ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The values that a save writes, by column. */
function columnsOf({ operator, definition, secrets }: Save): Readonly<Record<string, unknown>> {
  const given = givenFields.map(([name, { column, type }]) => {
    const value = definition[name];
    return [column, type.write ? type.write(value) : value] as const;
  });
  // pg would write a list as an array.
  return { ...Object.fromEntries(given), operator, secrets: JSON.stringify(secrets) };
}

/** The parameters of these values, from `$1` on. */
function parametersOf(values: readonly unknown[]): string {
  return values.map((_value, place) => `$${place + 1}`).join(', ');
}

const uniqueViolation = '23505';

/** The database alone decides, so that exactly one of any number of concurrent callers gets the name. */
async function orNameTaken<T>(save: () => Promise<T>): Promise<T | Fault> {
  try {
    return await save();
  } catch (error) {
    if (sqlStateOf(error) === uniqueViolation) return fault('nameTaken');
    throw error;
  }
}
