import { fileURLToPath } from 'node:url';
import type { Logger } from '@callbus/runtime/logger';
import { runner } from 'node-pg-migrate';
import type { Pool } from './database.js';

const migrations = fileURLToPath(new URL('../migrations/', import.meta.url));

/**
 * Brings the database to this version, forwards only, in one transaction. Of replicas that start at once one migrates and
 * the others wait for it, by an advisory lock of the runner.
 *
 * @throws when a migration fails; nothing of it is kept then
 */
export async function migrate(options: { pool: Pool; logger: Logger }): Promise<void> {
  const { pool, logger } = options;
  const client = await pool.connect();
  try {
    // Waiting for the lock and building an index may both take longer than a request may.
    await client.query('SET statement_timeout = 0');
    const done = await runner({
      dbClient: client,
      dir: migrations,
      direction: 'up',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      singleTransaction: true,
      logger: {
        info: (message) => logger.debug(message),
        warn: (message) => logger.warn(message),
        error: (message) => logger.error(message),
      },
    });
    if (done.length > 0) logger.info({ migrations: done.map(({ name }) => name) }, 'database migrated');
  } finally {
    // Its settings differ from those of the pool's other connections.
    client.release(true);
  }
}
