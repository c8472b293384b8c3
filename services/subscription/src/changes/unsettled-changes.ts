import type { SealedSecret } from '@callbus/contracts/subscriptions/subscription';
import type pg from 'pg';
import type { Pool } from '../database/pool.js';
import type { SubscriptionRow } from '../subscriptions/row.js';
import { theOne } from '../database/the-one.js';

/** A change as it is announced to the workers. */
export type Change =
  | { readonly kind: 'saved'; readonly row: SubscriptionRow }
  | { readonly kind: 'deleted'; readonly id: number; readonly revision: number };

/** A change whose caller may not have the answer yet. */
export interface UnsettledChange {
  readonly id: number;
  readonly subscription: number;
  readonly revision: number;
  readonly isDeletion: boolean;
  readonly secret: string | null;
  readonly isAnnounced: boolean;
  /** Whether a process still works on the change, unless that process has died. */
  readonly isUnderWay: boolean;
}

/** How long a call can be repeated after its 503. */
const repeatableMs = 60_000;

const columns = `id, subscription_id AS subscription, revision, is_deletion AS "isDeletion", secret,
  announced_at IS NOT NULL AS "isAnnounced"`;

/** Call it in the transaction of the change, so that the change is never stored without this row. @returns the id of the row */
export async function insertUnsettled(
  client: pg.ClientBase,
  { call, change, secret }: { call: Buffer | undefined; change: Change; secret: SealedSecret | undefined },
): Promise<number> {
  const subscription = change.kind === 'saved' ? change.row.id : change.id;
  const revision = change.kind === 'saved' ? change.row.revision : change.revision;
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO unsettled_changes (call, subscription_id, revision, is_deletion, secret, made_at)
     VALUES ($1, $2, $3, $4, $5, now()) RETURNING id`,
    [call, subscription, revision, change.kind === 'deleted', secret?.sealed],
  );
  return theOne(rows).id;
}

/** @param graceS the time that a process has for a change */
export async function findRepeatable(pool: Pool, call: Buffer, graceS: number): Promise<UnsettledChange | undefined> {
  const { rows } = await pool.query<UnsettledChange>(
    `SELECT ${columns}, refused_at IS NULL AND made_at > now() - make_interval(secs => $2) AS "isUnderWay"
     FROM unsettled_changes
     WHERE call = $1 AND coalesce(refused_at, made_at + make_interval(secs => $2)) > now() - make_interval(secs => $3)
     ORDER BY id DESC LIMIT 1`,
    [call, graceS, repeatableMs / 1_000],
  );
  return rows[0];
}

export async function noteRefused(pool: Pool, id: number): Promise<void> {
  await pool.query('UPDATE unsettled_changes SET refused_at = now() WHERE id = $1', [id]);
}

/**
 * Notes that the caller of a change has the answer, so that the call cannot be repeated. A change that is not announced
 * yet stays in the table.
 *
 * @returns false when another call has already got the answer
 */
export async function noteAnswered(
  pool: Pool,
  id: number,
  { isAnnounced }: { isAnnounced: boolean },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    isAnnounced
      ? 'DELETE FROM unsettled_changes WHERE id = $1'
      : 'UPDATE unsettled_changes SET call = NULL WHERE id = $1 AND call IS NOT NULL',
    [id],
  );
  return rowCount === 1;
}

/** Locks changes that no other process announces, until the transaction ends. */
export async function lockUnannounced(client: pg.ClientBase, graceS: number): Promise<UnsettledChange[]> {
  const { rows } = await client.query<UnsettledChange>(
    `SELECT ${columns}, false AS "isUnderWay" FROM unsettled_changes
     WHERE announced_at IS NULL AND (refused_at IS NOT NULL OR made_at < now() - make_interval(secs => $1))
     ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED`,
    [graceS],
  );
  return rows;
}

export async function noteAnnounced(client: pg.ClientBase, ids: readonly number[]): Promise<void> {
  await client.query('UPDATE unsettled_changes SET announced_at = now() WHERE id = ANY ($1)', [ids]);
}

/** Deletes changes that are announced and cannot be repeated any more. */
export async function deleteSettled(client: pg.ClientBase, graceS: number): Promise<void> {
  await client.query(
    `DELETE FROM unsettled_changes WHERE announced_at IS NOT NULL
       AND (call IS NULL OR coalesce(refused_at, made_at + make_interval(secs => $1)) < now() - make_interval(secs => $2))`,
    [graceS, repeatableMs / 1_000],
  );
}
