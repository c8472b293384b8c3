import type { Logger } from '@callbus/runtime/observability/logger';
import pg from 'pg';
import { readDatabaseAddress } from './address.js';
import { NegotiatingPool } from './negotiating-pool.js';

export type Pool = pg.Pool;

const statementTimeoutMs = 3_000;

/**
 * The connection pool of this service. It reads bigint as a number, because all ids are safe integers. It connects on
 * first use, and every wait has a time-out, even for a server that accepts connections and does not answer.
 */
export function createPool(options: { url: string; ca?: string | undefined; logger: Logger }): Pool {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const address = readDatabaseAddress(options.url, options.ca);
  const pool = new NegotiatingPool(address, {
    application_name: 'callbus subscription',
    // Four connections are for large readings, five for storing undelivered events, the others for all other calls.
    max: 14,
    connectionTimeoutMillis: 3_000,
    query_timeout: 2 * statementTimeoutMs,
    keepAlive: true,
    types,
    verify: (client, done) => void prepare(client).then(() => done(), done),
  });
  // The next query replaces an idle connection that broke. Without a listener the error would end the process.
  pool.on('error', (error) => options.logger.warn({ error: error.message }, 'postgres connection lost'));
  return pool;
}

/** The server answers, but the database cannot be used now. */
export class DatabaseAway extends Error {}

export const readOnly = 'the database takes no changes: a stand-by, or a primary that was made read only';

/**
 * Sets the statement time-out, which PgBouncer refuses as a startup parameter, and the date style, which may differ
 * between databases. Refuses a standby, which may lag: workers would forget the subscriptions that it lacks.
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

/** Runs `work` in a transaction, which is rolled back when `work` throws. @returns the result of `work` */
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

/**
 * A read-only transaction whose statements all see the same snapshot.
 *
 * @param timeoutMs for each statement; set for this transaction alone, because PgBouncer shares the connection
 */
export function inReading<T>(pool: Pool, timeoutMs: number, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query(
      `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}`,
    );
    return work(client);
  });
}

/** A transaction without time-outs on its own connection, for work that takes longer than a request may. */
export async function inLongTransaction<T>(pool: Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
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
 * A connection that breaks between two queries emits `error`, which ends the process when there is no listener. The next
 * query on that connection fails anyway.
 */
function ignoreError(): void {
  return;
}

/** The server was shut down, crashed, is still starting, or has just become a standby. */
const awayStates = new Set(['57P01', '57P02', '57P03', '25006']);
/**
 * Connection errors; a refused password, as while it is replaced; too little disk space, memory or connections; system
 * errors, such as a failing disk.
 */
const awayClasses = new Set(['08', '28', '53', '58']);

/** Errors of pg and pg-pool that carry no code. */
const awayMessages =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end)/;

/** Whether Postgres could not answer at all, as opposed to refusing the statement. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseAway) return true;
  const state = sqlStateOf(error);
  if (state !== undefined) return awayStates.has(state) || awayClasses.has(state.slice(0, 2));
  if (typeof error !== 'object' || error === null) return false;
  // A network or DNS error. Node collects several in `errors` when a name has several addresses.
  if ('syscall' in error || 'errors' in error) return true;
  return 'message' in error && awayMessages.test(String(error.message));
}

/** Whether a statement exceeded its time-out. */
export function isOutOfTime(error: unknown): boolean {
  return sqlStateOf(error) === '57014';
}

/** The SQLSTATE of an error of Postgres. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}
