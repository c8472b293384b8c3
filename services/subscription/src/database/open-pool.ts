import { untilUp } from '@callbus/runtime/lifecycle/until-up';
import { messageOf } from '@callbus/runtime/observability/message-of';
import type { Context } from '@callbus/start/context';
import { createPool, sqlStateOf, type Pool } from './pool.js';

interface DatabaseConfig {
  readonly DATABASE_URL: string;
  readonly DATABASE_CA_FILE: string | undefined;
}

/**
 * Opens the connection pool of a process, and waits until the database is up.
 *
 * @throws when the process is stopped before that
 */
export async function openPool({ config, logger, stopping, metrics, opened }: Context<DatabaseConfig>): Promise<Pool> {
  const pool = createPool({ url: config.DATABASE_URL, ca: config.DATABASE_CA_FILE, logger });
  opened.push(() => pool.end());
  metrics.watchDependency('postgres', () => pool.query('SELECT').then(() => true));
  await untilUp('postgres', () => pool.query('SELECT'), { logger, signal: stopping });
  return pool;
}

/** SQLSTATE: a refused login, and an unknown database. */
const refusals = /^(28...|3D000)$/;

/**
 * Logs in to Postgres once.
 *
 * @returns why Postgres refuses the login; undefined when it accepts the login or cannot be reached
 */
export async function postgresRefusal(options: Parameters<typeof createPool>[0]): Promise<string | undefined> {
  const pool = createPool(options);
  const refusal = await pool.query('SELECT').then(
    () => undefined,
    (error: unknown) => (refusals.test(sqlStateOf(error) ?? '') ? messageOf(error) : undefined),
  );
  await pool.end();
  return refusal;
}
