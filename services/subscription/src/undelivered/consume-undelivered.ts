import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, Consumer, Hold, ReceivedMessage, SettlementOf } from '@callbus/broker/broker';
import { backoffMs } from '@callbus/concurrency/backoff';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import { sqlStateOf, type Pool } from '../database/pool.js';
import { readUndelivered, tasksOf, type UndeliveredRow } from './undelivered-row.js';

export interface UndeliveredOptions {
  readonly pool: Pool;
  readonly broker: Pick<Broker, 'consume'>;
  readonly statistics: Pick<Statistics, 'count' | 'recordStep'>;
  readonly logger: Logger;
}

/** Each message takes up a connection of the pool while it is stored. The API keeps the other connections. */
const prefetch = 5;
const delays = { firstMs: 250, longestMs: 15_000 };

/**
 * Stores undelivered messages in the database. While the database is away, the consumer holds these messages, and further
 * messages stay in the queue. On a stop the held messages return to the queue.
 */
export async function consumeUndelivered(options: UndeliveredOptions): Promise<Consumer> {
  const { pool, broker, statistics, logger } = options;
  const stopping = new AbortController();

  async function handle(message: ReceivedMessage, hold: Hold): Promise<SettlementOf['undelivered']> {
    const rows = tasksOf(message).map(readUndelivered);
    for (let failures = 0; ; failures += 1) {
      try {
        for (const row of rows) await store(row);
        return { kind: 'done' };
      } catch (error) {
        const delayMs = backoffMs(failures, delays);
        logger.error(
          { err: error, eventId: message.headers['id'], retryInMs: delayMs },
          'cannot store an undelivered event now',
        );
        await sleep(delayMs, undefined, { signal: stopping.signal });
        if (!hold.isOurs() || performance.now() >= hold.untilMs) return { kind: 'returned' };
      }
    }
  }

  async function store(row: UndeliveredRow): Promise<void> {
    try {
      await insertUndelivered(pool, row);
      noteEnd(row);
      // A message without a readable account is listed under `-` only, so operators need this line.
      if (row.reason === 'poison')
        logger.warn(
          { subscription: row.subscriptionId, eventId: row.eventId, identity: row.identity },
          'kept a message that no worker can read',
        );
    } catch (error) {
      if (sqlStateOf(error) !== foreignKeyViolation) throw error;
      const { subscriptionId, eventId } = row;
      logger.info({ subscription: subscriptionId, eventId }, 'dropped an undelivered event of a deleted subscription');
    }
  }

  /** Counts and traces a delivery that no worker has ended. */
  function noteEnd({ subscriptionId: subscription, account, eventId, reason, isEndedByWorker }: UndeliveredRow): void {
    if (isEndedByWorker || subscription === null) return;
    statistics.count(subscription, 'pending', -1);
    statistics.count(subscription, 'undelivered');
    if (account === null || eventId === null) return;
    statistics.recordStep({
      kind: 'ended',
      account,
      eventId,
      at: Date.now(),
      subscription,
      how: 'undelivered',
      reason,
    });
  }

  const consumer = await broker.consume('undelivered', { prefetch, handle });
  return {
    stop() {
      stopping.abort();
      return consumer.stop();
    },
  };
}

const foreignKeyViolation = '23503';

/**
 * Stores the last end of a delivery: a delivery that was held, released and then failed is exhausted. The headers of a
 * row describe its body, so an event that was published again under its id with another body gets its own row.
 */
async function insertUndelivered(pool: Pool, row: UndeliveredRow): Promise<void> {
  if (await upsertUndelivered(pool, row)) return;
  const digest = createHash('sha256').update(row.body).digest('base64url');
  await upsertUndelivered(pool, { ...row, identity: `${row.identity} ${digest}` });
}

/** @returns false when the row of this identity has another body */
async function upsertUndelivered(pool: Pool, row: UndeliveredRow): Promise<boolean> {
  const { rowCount } = await pool.query(
    `INSERT INTO undelivered (subscription_id, account, identity, event_id, event_name, headers, body, reason, attempts,
       last_status, last_answer, received_at, failed_at, queue, message_headers)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, now()), now(), $13, $14)
     ON CONFLICT (coalesce(subscription_id, 0), identity) DO UPDATE SET
       account = excluded.account, event_id = excluded.event_id, event_name = excluded.event_name,
       headers = excluded.headers, reason = excluded.reason, attempts = excluded.attempts,
       last_status = excluded.last_status, last_answer = excluded.last_answer, received_at = coalesce($12, undelivered.received_at),
       failed_at = excluded.failed_at, queue = excluded.queue, message_headers = excluded.message_headers
     WHERE undelivered.body = excluded.body`,
    [
      row.subscriptionId,
      row.account,
      row.identity,
      row.eventId,
      row.eventName,
      row.headers,
      row.body,
      row.reason,
      row.attempts,
      row.lastStatus,
      row.lastAnswer,
      row.receivedAt,
      row.queue,
      row.messageHeaders,
    ],
  );
  return rowCount === 1;
}
