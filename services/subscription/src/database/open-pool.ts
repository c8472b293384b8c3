import { untilUp } from '@callbus/runtime/lifecycle/until-up';
import type { Context } from '@callbus/start/context';
import { createPool, type Pool } from './pool.js';

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
