import type pg from 'pg';
import type { Pool } from '../database/pool.js';
import { columns, type SubscriptionRow } from '../subscriptions/row.js';

/** A receiver that has to be verified: it is asked whether it allows callbacks. */
export interface Verification {
  readonly id: number;
  readonly account: string;
  readonly callbackUrl: string;
}

/** The permission of a receiver. */
export interface Grant {
  readonly origin: string;
  /** Null for any number. */
  readonly perMinute: number | null;
}

/** The interval at which a receiver is asked. */
const intervalMs = 60_000;
/** The time for which a receiver is asked. */
const askedForMs = 3_600_000;

/** Claims a due verification, which no other process gets during the interval. @returns undefined when none is due */
export async function claimVerification(
  pool: Pool,
  exceptAccounts: readonly string[],
): Promise<Verification | undefined> {
  const { rows } = await pool.query<Verification>(
    `UPDATE subscriptions SET ask_at = CASE WHEN now() + $1 * interval '1 ms' <= asking_since + $2 * interval '1 ms'
       THEN now() + $1 * interval '1 ms' END
     WHERE id = (
       SELECT id FROM subscriptions WHERE ask_at <= now() AND account <> ALL ($3)
       ORDER BY ask_at LIMIT 1 FOR UPDATE SKIP LOCKED
     )
     RETURNING id, account, callback_url AS "callbackUrl"`,
    [intervalMs, askedForMs, exceptAccounts],
  );
  return rows[0];
}

/** SQL: whether the answer still counts. It does not when the subscription has another URL by now. */
const isUnverified = `id = $1 AND callback_url = $2 AND verification <> 'none' AND verified_at IS NULL`;

/** Call it in a transaction. @returns undefined when the answer does not count any more */
export async function grant(
  client: pg.ClientBase,
  { id, callbackUrl }: Verification,
  { origin, perMinute }: Grant,
): Promise<SubscriptionRow | undefined> {
  const { rows } = await client.query<SubscriptionRow>(
    `UPDATE subscriptions SET verified_at = now(), verified_origin = $3, allowed_per_minute = $4, verification_failure = NULL,
       asking_since = NULL, ask_at = NULL, revision = nextval('revisions')
     WHERE ${isUnverified} RETURNING ${columns}`,
    [id, callbackUrl, origin, perMinute],
  );
  return rows[0];
}

export async function noteRefusal(pool: Pool, { id, callbackUrl }: Verification, reason: string): Promise<void> {
  await pool.query(`UPDATE subscriptions SET verification_failure = $3 WHERE ${isUnverified}`, [
    id,
    callbackUrl,
    reason,
  ]);
}
