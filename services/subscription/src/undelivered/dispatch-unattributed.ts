import type { Broker } from '@callbus/broker/broker';
import { readDeliveryHeaders, readGroupHeaders } from '@callbus/contracts/deliveries/delivery-task';
import { isEventBody, readEventHeaders } from '@callbus/contracts/events/event';
import { decodeBatch } from '@callbus/contracts/events/event-batch';
import { headerName, newestFormat, readTable, type Table } from '@callbus/contracts/messages/message-format';
import type { WorkQueue } from '@callbus/contracts/messages/topology';
import type pg from 'pg';
import { inTransaction, type Pool } from '../database/pool.js';
import type { Turn } from '../http/reading-turns.js';
import { newestId } from './delete-undelivered.js';
import type { Rows } from './selection.js';
import { withinBytes } from './within-bytes.js';

interface Options {
  readonly pool: Pool;
  readonly broker: Pick<Broker, 'putBack'>;
  readonly rows: Rows;
  /** Runs a batch within the limit on readings of all accounts. */
  readonly inTurn: Turn['read'];
}

interface Dispatched {
  /** Messages that were sent back and deleted. */
  readonly dispatched: number;
  /** Unreadable messages, which stay. */
  readonly skipped: number;
  /** Messages that were not read, because the time ran out. */
  readonly left: number;
}

const batchSize = 100;
/** The most bytes of a batch in memory; a single message may be larger. */
const batchMaxBytes = 8 * 1024 * 1024;
const longestMs = 10_000;
/** A process that is suspended (SIGSTOP) loses its claim on the rows. */
const claimTimeout = '30s';

/**
 * Sends messages back to the queues from which they came, byte for byte, one batch per transaction. A row is deleted
 * when the broker has confirmed its message. A crash in between causes duplicates, but no loss.
 *
 * @throws when the broker takes no messages
 */
export async function dispatchUnattributed(options: Options): Promise<Dispatched> {
  const { pool, rows, inTurn } = options;
  const endMs = performance.now() + longestMs;
  const through = await newestId(pool);
  let [after, dispatched, skipped] = [0, 0, 0];
  while (performance.now() < endMs) {
    const batch = await inTurn(() => sendBatch(options, { after, through }));
    dispatched += batch.sent.length;
    skipped += batch.sendings.filter((sending) => isFulfilled(sending, false)).length;
    const failure = batch.sendings.find((sending) => sending.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    const last = batch.messages.at(-1);
    if (last === undefined) return { dispatched, skipped, left: 0 };
    after = last.id;
  }
  return { dispatched, skipped, left: await countBetween(pool, rows, { after, through }) };
}

function sendBatch({ pool, broker, rows }: Options, bounds: Bounds) {
  return inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = '${claimTimeout}'`);
    const messages = await lockRows(client, rows, bounds);
    const sendings = await Promise.allSettled(messages.map((message) => sendBack(message, broker)));
    const sent = messages.filter((_, index) => isFulfilled(sendings[index], true)).map(({ id }) => id);
    await client.query('DELETE FROM undelivered WHERE id = ANY ($1)', [sent]);
    return { messages, sendings, sent };
  });
}

interface Bounds {
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly through: number;
}

interface KeptRow {
  readonly id: number;
  readonly queue: WorkQueue | null;
  readonly headers: Table;
  readonly messageHeaders: Table | null;
  readonly body: Buffer;
}

async function countBetween(pool: Pool, { where, values }: Rows, { after, through }: Bounds): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*) AS count FROM undelivered WHERE ${where} AND id > $7 AND id <= $8`,
    [...values, after, through],
  );
  return rows[0]?.count ?? 0;
}

async function lockRows(
  client: pg.ClientBase,
  { where, values }: Rows,
  { after, through }: Bounds,
): Promise<KeptRow[]> {
  const { rows: locked } = await client.query<{ id: number; bytes: number }>(
    `SELECT id, octet_length(body) AS bytes FROM undelivered WHERE ${where} AND id > $7 AND id <= $8
     ORDER BY id LIMIT $9 FOR UPDATE`,
    [...values, after, through, batchSize],
  );
  const { rows } = await client.query<KeptRow>(
    `SELECT id, queue, headers, message_headers AS "messageHeaders", body FROM undelivered WHERE id = ANY ($1) ORDER BY id`,
    [withinBytes(locked, batchMaxBytes)],
  );
  return rows;
}

/** @returns false for a message that cannot be read */
async function sendBack(row: KeptRow, broker: Pick<Broker, 'putBack'>): Promise<boolean> {
  const { body } = row;
  // Older workers that did not know our headers left them unchanged.
  const table = row.messageHeaders ?? (headerName in row.headers ? row.headers : undefined);
  const { headers, format } = readTable(table ?? row.headers);
  if (format <= newestFormat && !isReadable(headers, body)) return false;
  const queue = row.queue ?? ('subscription' in headers || 'subscriptions' in headers ? 'deliveries' : 'events');
  await broker.putBack({ queue, headers, table, body });
  return true;
}

/** Whether a worker of this version can read the message. */
function isReadable(headers: Table, body: Buffer): boolean {
  const batch = decodeBatch(headers, body);
  if (batch !== undefined) return batch.every((event) => isReadable(event.headers, event.body));
  const event =
    'subscription' in headers
      ? readDeliveryHeaders(headers)
      : 'subscriptions' in headers
        ? readGroupHeaders(headers)?.event
        : readEventHeaders(headers);
  return event !== undefined && isEventBody(event, body);
}

function isFulfilled<T>(result: PromiseSettledResult<T> | undefined, value: T): boolean {
  return result?.status === 'fulfilled' && result.value === value;
}
