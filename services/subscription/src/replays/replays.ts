import type pg from 'pg';
import { sqlStateOf, type Pool } from '../database/pool.js';
import { rowsOf, type Selection } from '../undelivered/selection.js';
import { isCallable } from '../subscriptions/fields.js';

export const replayStates = ['running', 'done', 'cancelled'] as const;

/** A job that replays undelivered events. */
export interface Replay {
  readonly id: number;
  readonly state: (typeof replayStates)[number];
  /** The number of events that the job selected when it was created. */
  readonly total: number;
  readonly replayed: number;
  /** Unreadable events, which stay undelivered. */
  readonly skipped: number;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

const columns = `id, state, total, replayed, skipped, created_at AS "createdAt", ended_at AS "endedAt"`;

const foreignKeyViolation = '23503';

/** Call it in a transaction. @returns undefined when the subscription has just been deleted, which ends the transaction */
export async function insertReplay(
  client: pg.ClientBase,
  subscription: number,
  selection: Selection,
): Promise<Replay | undefined> {
  const { where, values } = rowsOf(subscription, selection);
  const inserting = client.query<Replay>(
    `INSERT INTO replays (subscription_id, ids, reason, name, received_from, received_to, is_release, through_id,
       state, total, created_at, worked_at)
     SELECT $1::bigint, $2::bigint[], $3::text, $4::text, $5::timestamptz, $6::timestamptz, false, coalesce(max(id), 0),
       'running', count(*), now(), now()
     FROM undelivered WHERE ${where}
     RETURNING ${columns}`,
    [...values],
  );
  try {
    return (await inserting).rows[0];
  } catch (error) {
    if (sqlStateOf(error) === foreignKeyViolation) return undefined;
    throw error;
  }
}

/** Creates a job for every enabled subscription that has held events without a job. */
export async function insertReleases(pool: Pool): Promise<void> {
  await pool.query(
    `INSERT INTO replays (subscription_id, reason, is_release, through_id, state, total, created_at, worked_at)
     SELECT held.subscription_id, 'held', true, max(held.id), 'running', count(*), now(), now()
     FROM undelivered AS held JOIN subscriptions ON subscriptions.id = held.subscription_id AND ${isCallable}
     WHERE held.reason = 'held' AND NOT EXISTS (
       SELECT FROM replays WHERE replays.subscription_id = held.subscription_id AND state = 'running' AND is_release
     )
     GROUP BY held.subscription_id
     ON CONFLICT DO NOTHING`,
  );
}

export async function findReplay(pool: Pool, subscription: number, id: number): Promise<Replay | undefined> {
  const { rows } = await pool.query<Replay>(`SELECT ${columns} FROM replays WHERE subscription_id = $1 AND id = $2`, [
    subscription,
    id,
  ]);
  return rows[0];
}

/** Cancels a job; its remaining events stay undelivered. A job that has ended does not change. */
export async function cancelReplay(pool: Pool, subscription: number, id: number): Promise<Replay | undefined> {
  await pool.query(
    `UPDATE replays SET state = 'cancelled', ended_at = now() WHERE subscription_id = $1 AND id = $2 AND state = 'running'`,
    [subscription, id],
  );
  return findReplay(pool, subscription, id);
}

/** A job that a process has claimed. */
export interface DueReplay extends Selection {
  readonly id: number;
  readonly subscription: number;
  readonly isRelease: boolean;
  readonly throughId: number;
}

/**
 * Claims, until the transaction ends, the job that has waited longest. Over all processes only one job of a subscription
 * runs at a time, because the order of its events and the bound on duplicates depend on that. The row itself stays
 * unlocked, so that a cancellation never waits.
 *
 * @param except subscriptions whose jobs must wait
 */
export async function claimReplay(client: pg.ClientBase, except: readonly number[]): Promise<DueReplay | undefined> {
  const { rows } = await client.query<DueReplay>(
    `WITH due AS MATERIALIZED (
       SELECT * FROM replays WHERE state = 'running' AND subscription_id <> ALL ($1) ORDER BY worked_at, id LIMIT 100
     )
     SELECT id, subscription_id AS subscription, ids, reason, name, received_from AS "from", received_to AS "to",
       is_release AS "isRelease", through_id AS "throughId"
     FROM due WHERE pg_try_advisory_xact_lock(hashtextextended('replay', subscription_id)) LIMIT 1`,
    [except],
  );
  return rows[0];
}

/** @param progress `through` is the last row that the job has handled. Call this before that row is deleted. */
export async function noteProgress(
  client: pg.ClientBase,
  replay: DueReplay,
  progress: { replayed: number; skipped: number; through: number | undefined },
): Promise<void> {
  await client.query(
    `UPDATE replays SET replayed = replayed + $2, skipped = skipped + $3, worked_at = clock_timestamp(),
       last_received_at = coalesce((SELECT received_at FROM undelivered WHERE id = $4), last_received_at),
       last_id = coalesce($4, last_id)
     WHERE id = $1`,
    [replay.id, progress.replayed, progress.skipped, progress.through],
  );
}

/** Ends a job that has no rows left, or whose subscription must get no events. */
export async function endReplay(client: pg.ClientBase, id: number, state: 'done' | 'cancelled'): Promise<void> {
  await client.query(`UPDATE replays SET state = $2, ended_at = now() WHERE id = $1 AND state = 'running'`, [
    id,
    state,
  ]);
}
