import type pg from 'pg';
import type { Pool } from '../database/pool.js';

/** How much of its quotas an account uses. */
export interface Usage {
  readonly subscriptions: number;
  /** The bytes of the account's subscriptions, as JSON. */
  readonly subscriptionBytes: number;
  readonly patternBytes: number;
  readonly undelivered: number;
  /** Running jobs of callers. Jobs that release held events do not count, because no caller has created them. */
  readonly replays: number;
  /** Keys that are not revoked. */
  readonly keys: number;
}

/** Locks the account until the transaction ends. Every transaction that adds to the usage of the account takes this lock. */
export async function lockAccount(client: pg.ClientBase, account: string): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('quotas of ' || $1::text, 0))`, [account]);
}

/**
 * @param options `maxPatternBytes`: the most pattern bytes that count per subscription, because workers get no patterns
 * beyond them; `except`: the id of a subscription that does not count
 */
export async function subscriptionsOf(
  client: pg.ClientBase | Pool,
  account: string,
  { maxPatternBytes, except = null }: { maxPatternBytes: number; except?: number | null },
): Promise<Pick<Usage, 'subscriptions' | 'subscriptionBytes' | 'patternBytes'>> {
  const { rows } = await client.query<Pick<Usage, 'subscriptions' | 'subscriptionBytes' | 'patternBytes'>>(
    `SELECT count(*) AS subscriptions, coalesce(sum(bytes), 0)::bigint AS "subscriptionBytes",
       coalesce(sum(least(pattern_bytes, $3::bigint)), 0)::bigint AS "patternBytes"
     FROM subscriptions WHERE account = $1 AND ($2::bigint IS NULL OR id <> $2::bigint)`,
    [account, except, maxPatternBytes],
  );
  return rows[0] ?? { subscriptions: 0, subscriptionBytes: 0, patternBytes: 0 };
}

export async function replaysOf(client: pg.ClientBase | Pool, account: string): Promise<number> {
  const { rows } = await client.query<{ replays: number }>(
    `SELECT count(*) AS replays FROM replays JOIN subscriptions ON subscriptions.id = replays.subscription_id
     WHERE state = 'running' AND NOT is_release AND account = $1`,
    [account],
  );
  return rows[0]?.replays ?? 0;
}

export async function keysOf(client: pg.ClientBase | Pool, account: string): Promise<number> {
  const { rows } = await client.query<{ keys: number }>(
    'SELECT count(*) AS keys FROM keys WHERE account = $1 AND revoked_at IS NULL',
    [account],
  );
  return rows[0]?.keys ?? 0;
}

export async function usageOf(pool: Pool, account: string, maxPatternBytes: number): Promise<Usage> {
  const [subscriptions, replays, keys, undelivered] = await Promise.all([
    subscriptionsOf(pool, account, { maxPatternBytes }),
    replaysOf(pool, account),
    keysOf(pool, account),
    pool.query<{ events: number }>(
      'SELECT coalesce(sum(events), 0)::bigint AS events FROM undelivered_counts WHERE account = $1',
      [account],
    ),
  ]);
  return {
    ...subscriptions,
    replays,
    keys,
    undelivered: undelivered.rows[0]?.events ?? 0,
  };
}

/** The number of undelivered events of a subscription. It is stored, because counting a million rows takes seconds. */
export async function undeliveredOf(client: pg.ClientBase, subscription: number): Promise<number> {
  const { rows } = await client.query<{ events: number }>(
    `SELECT coalesce(sum(events), 0)::bigint AS events FROM undelivered_counts_of_subscriptions
     WHERE subscription_id = $1`,
    [subscription],
  );
  return rows[0]?.events ?? 0;
}

/** The accounts with at least this number of undelivered events. */
export async function accountsWithUndelivered(pool: Pool, atLeast: number): Promise<string[]> {
  const { rows } = await pool.query<{ account: string }>(
    'SELECT account FROM undelivered_counts GROUP BY account HAVING sum(events) >= $1 ORDER BY account',
    [atLeast],
  );
  return rows.map(({ account }) => account);
}
