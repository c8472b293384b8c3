import type { Pool } from '../../src/database/pool.js';

/** The time before the acceptance of the first event. Each further event was accepted a second later. */
export const acceptedFrom = Date.UTC(2026, 0, 1);

/**
 * Stores events like the consumer, as `e1` to `e<count>`, in another order than that of acceptance.
 *
 * @param options.attempt the attempt with which the delivery ended
 */
export async function addUndelivered(
  pool: Pool,
  subscription: number,
  options: { count: number; account?: string; reason?: string; attempt?: number },
): Promise<void> {
  const { count, account = '0', reason = 'exhausted', attempt = 10 } = options;
  await pool.query(
    `INSERT INTO undelivered (subscription_id, account, identity, event_id, event_name, headers, body, reason, attempts,
       last_status, last_answer, received_at, failed_at)
     SELECT $1::bigint, $6, $2 || n, 'e' || n, 'a.' || n % 2, json_build_object('id', 'e' || n, 'identity', $2 || n,
       'account', $6::text, 'bus', '', 'name', 'a.' || n % 2, 'type', 't', 'dialect', 'cloudevents',
       'receivedAt', $3::bigint + n * 1000, 'dataAt', 0, 'subscription', $1::bigint, 'attempt', $4::integer, 'parked', 3),
       convert_to('{"n":' || n || '}', 'UTF8'), $2, $4::integer, 503, 'busy',
       to_timestamp($3::bigint / 1000 + n), now()
     FROM generate_series(1, $5::integer) AS n ORDER BY md5(n::text)`,
    [subscription, reason, acceptedFrom, attempt, count, account],
  );
}
