import type { Broker } from '@callbus/broker/broker';
import { readDeliveryHeaders, type DeliveryHeaders } from '@callbus/contracts/deliveries/delivery-task';
import { unknownMembers } from '@callbus/contracts/messages/message-format';
import type pg from 'pg';
import { inTransaction, type Pool } from '../database/pool.js';
import { claimReplay, endReplay, noteProgress, type DueReplay } from './replays.js';
import { rowsOf } from '../undelivered/selection.js';
import { isCallable } from '../subscriptions/fields.js';
import { withinBytes } from '../undelivered/within-bytes.js';

interface Options {
  readonly pool: Pool;
  readonly broker: Pick<Broker, 'publishDelivery'>;
  /** The most rows of a chunk. */
  readonly size: number;
  /** Subscriptions whose jobs must wait. */
  readonly except: readonly number[];
}

interface Chunk {
  readonly subscription: number;
  /** Rows that were published again. */
  readonly replayed: number;
}

/** The most bytes of a chunk in memory; a single event may be larger. */
const chunkMaxBytes = 8 * 1024 * 1024;
/** A process that is suspended (SIGSTOP) loses its claim on the job, so that another process can continue. */
const claimTimeout = '30s';

/**
 * Publishes the next rows of the next job to `deliveries`, oldest first, and deletes the rows that the broker confirms. A
 * crash in between causes duplicates, but no loss. The rows are locked from reading to deleting: a delivery that fails
 * again in the meantime waits for the lock, and is then stored as a new row.
 *
 * @returns undefined when every job has a process that works on it
 * @throws when the broker takes no messages
 */
export function replayChunk(options: Options): Promise<Chunk | undefined> {
  return inTransaction(options.pool, async (client) => {
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = '${claimTimeout}'`);
    const replay = await claimReplay(client, options.except);
    if (replay === undefined) return undefined;
    const { subscription } = replay;
    if (replay.isRelease && !(await canBeCalled(client, subscription))) {
      await endReplay(client, replay.id, 'cancelled');
      return { subscription, replayed: 0 };
    }
    const rows = await lockRows(client, replay, options.size);
    if (rows.length === 0) {
      await endReplay(client, replay.id, 'done');
      return { subscription, replayed: 0 };
    }
    const sendings = await Promise.all(rows.map((row) => send(row, options.broker)));
    return { subscription, replayed: await settle(client, replay, rows, sendings) };
  });
}

interface UndeliveredTask {
  readonly id: number;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
  readonly reason: string;
}

async function canBeCalled(client: pg.ClientBase, subscription: number): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM subscriptions WHERE id = $1 AND ${isCallable}`, [subscription]);
  return rowCount === 1;
}

async function lockRows(client: pg.ClientBase, replay: DueReplay, size: number): Promise<UndeliveredTask[]> {
  const { where, values } = rowsOf(replay.subscription, replay);
  const { rows: locked } = await client.query<{ id: number; bytes: number }>(
    `SELECT id, octet_length(body) AS bytes FROM undelivered
     WHERE ${where} AND id <= $7
       AND (received_at, id) > (SELECT last_received_at, last_id FROM replays WHERE id = $8)
     ORDER BY received_at, id LIMIT $9 FOR UPDATE`,
    [...values, replay.throughId, replay.id, size],
  );
  const { rows } = await client.query<UndeliveredTask>(
    'SELECT id, headers, body, reason FROM undelivered WHERE id = ANY ($1) ORDER BY received_at, id',
    [withinBytes(locked, chunkMaxBytes)],
  );
  return rows;
}

type Sending = 'sent' | 'unreadable' | { readonly error: unknown };

/** Publishes in the order of the calls. The caller waits for all confirms together. */
async function send({ headers, body, reason }: UndeliveredTask, broker: Options['broker']): Promise<Sending> {
  const task = readDeliveryHeaders(headers);
  if (task === undefined) return 'unreadable';
  try {
    const again = replayed(task, reason, Date.now());
    await broker.publishDelivery({ headers: { ...unknownMembers(headers), ...again }, body });
    return 'sent';
  } catch (error) {
    return { error };
  }
}

/** A held delivery continues with its next attempt. Any other delivery starts again with attempt 1. */
function replayed(task: DeliveryHeaders, reason: string, replayedAt: number): DeliveryHeaders {
  return { ...task, attempt: reason === 'held' ? task.attempt : 1, parked: 0, replayedAt };
}

/** Deletes the confirmed rows. The job continues at the first unconfirmed row. @returns the number of confirmed rows */
async function settle(
  client: pg.ClientBase,
  replay: DueReplay,
  rows: readonly UndeliveredTask[],
  sendings: readonly Sending[],
): Promise<number> {
  const failed = sendings.findIndex((sending) => typeof sending === 'object');
  const settled = failed < 0 ? rows.length : failed;
  const sent = rows.filter((_row, index) => sendings[index] === 'sent').map(({ id }) => id);
  const skipped = sendings.slice(0, settled).filter((sending) => sending === 'unreadable').length;
  const failure = sendings[failed];
  if (sent.length + skipped === 0 && typeof failure === 'object') throw failure.error;
  await noteProgress(client, replay, { replayed: sent.length, skipped, through: rows[settled - 1]?.id });
  await client.query('DELETE FROM undelivered WHERE id = ANY ($1)', [sent]);
  return sent.length;
}
