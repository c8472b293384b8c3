import { fileURLToPath } from 'node:url';
import type { Logger } from '@callbus/runtime/observability/logger';
import { runner } from 'node-pg-migrate';
import { allowReasons } from './allow-reasons.js';
import { inLongTransaction, type Pool } from './pool.js';

const migrations = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** The lock of the migration runner, which earlier versions hold for their whole session. */
const lock = '7241865325823964';

/**
 * Migrates the database to this version, forwards only, in one transaction. When several replicas start at once, one
 * migrates and the others wait for an advisory lock. The lock belongs to the transaction, because sessions are shared
 * behind PgBouncer.
 *
 * @throws when a migration fails; the transaction is then rolled back
 */
export async function migrate(options: { pool: Pool; logger: Logger }): Promise<void> {
  const { pool, logger } = options;
  const done = await inLongTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(${lock})`);
    // When there are migrations to apply, the runner commits this transaction.
    return runner({
      dbClient: client,
      dir: migrations,
      direction: 'up',
      migrationsTable: 'migrations',
      noLock: true,
      singleTransaction: true,
      logger: {
        info: (message) => logger.debug(message),
        warn: (message) => logger.warn(message),
        error: (message) => logger.error(message),
      },
    });
  });
  await inLongTransaction(pool, allowReasons);
  if (done.length > 0) logger.info({ migrations: done.map(({ name }) => name) }, 'database migrated');
}
