import type { Logger } from '@callbus/runtime/observability/logger';
import pg from 'pg';
import { readDatabaseAddress } from './address.js';
import { NegotiatingPool } from './negotiating-pool.js';

export type Pool = pg.Pool;

const statementTimeoutMs = 3_000;

/**
 * The pool that this service's SQL is written for: bigint comes as a number, since every id of ours is one. It connects
 * only when used, and no caller waits for ever, not even for a server that is there and silent.
 */
export function createPool(options: { url: string; ca?: string | undefined; logger: Logger }): Pool {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const address = readDatabaseAddress(options.url, options.ca);
  const pool = new NegotiatingPool(address, {
    application_name: 'callbus subscription',
    // Four may read what is much, five store what was undelivered: the others are for everybody's calls.
    max: 14,
    connectionTimeoutMillis: 3_000,
    query_timeout: 2 * statementTimeoutMs,
    keepAlive: true,
    types,
    verify: (client, done) => void prepare(client).then(() => done(), done),
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', (error) => options.logger.warn({ error: error.message }, 'postgres connection lost'));
  return pool;
}

/** The database cannot be asked now, although a server answers. */
export class DatabaseAway extends Error {}

export const readOnly = 'the database takes no changes: a stand-by, or a primary that was made read only';

/**
 * Sets what PgBouncer refuses as startup parameters, and how times are written, which a database may have its own way of.
 * A stand-by may be behind. What it says of subscriptions is not to be believed, lest workers forget those that it does not
 * know yet.
 */
async function prepare(client: pg.ClientBase): Promise<void> {
  client.on('error', ignoreError);
  try {
    const { rows } = await client.query<{ isReadOnly: boolean }>(
      `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "isReadOnly",
         set_config('datestyle', 'ISO', false), set_config('statement_timeout', '${statementTimeoutMs}', false)`,
    );
    if (rows[0]?.isReadOnly !== false) throw new DatabaseAway(readOnly);
  } finally {
    client.off('error', ignoreError);
  }
}

/** @returns what `work` returns, committed; rolled back when it throws */
export async function inTransaction<T>(pool: Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isUsable = false;
  client.on('error', ignoreError);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    isUsable = true;
    return result;
  } finally {
    client.off('error', ignoreError);
    // Closing a connection rolls its transaction back, in whatever state the failure left it.
    client.release(!isUsable);
  }
}

/** All its statements see the same. @param timeoutMs for each statement. It is set for the transaction alone: behind PgBouncer the connection is not ours. */
export function inReading<T>(pool: Pool, timeoutMs: number, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query(
      `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}`,
    );
    return work(client);
  });
}

/** A transaction on a connection apart from the pool, for what takes longer than a request may. */
export async function inPatientTransaction<T>(pool: Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...pool.options, query_timeout: 0 });
  client.on('error', ignoreError);
  await client.connect();
  try {
    await prepare(client);
    await client.query('BEGIN; SET LOCAL statement_timeout = 0');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } finally {
    await client.end();
  }
}

/**
 * A connection that breaks between two queries says so by an event, which ends the process unless somebody listens; the
 * next query on it fails all the same.
 */
function ignoreError(): void {
  return;
}

/** Shut down, crashed, still starting; a standby that was the primary a moment ago. */
const awayStates = new Set(['57P01', '57P02', '57P03', '25006']);
/** Of the connection; out of disk, memory or free slots; of the system below, such as a disk that fails. */
const awayClasses = new Set(['08', '53', '58']);

/** Errors of pg and pg-pool that carry no code. */
const awayMessages =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end)/;

/** Whether Postgres could not answer, rather than did not like the question. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseAway) return true;
  const state = sqlStateOf(error);
  if (state !== undefined) return awayStates.has(state) || awayClasses.has(state.slice(0, 2));
  if (typeof error !== 'object' || error === null) return false;
  // An error of the network, or of name resolution; node adds them up when a name has several addresses.
  if ('syscall' in error || 'errors' in error) return true;
  return 'message' in error && awayMessages.test(String(error.message));
}

/** Whether a statement took longer than it may. */
export function isOutOfTime(error: unknown): boolean {
  return sqlStateOf(error) === '57014';
}

/** The SQLSTATE of what Postgres refused. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}
