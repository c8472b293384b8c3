import { fileURLToPath } from 'node:url';
import type { Logger } from '@callbus/runtime/observability/logger';
import { runner } from 'node-pg-migrate';
import { allowReasons } from './allow-reasons.js';
import { inPatientTransaction, type Pool } from './pool.js';

const migrations = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** The lock of the migration runner, which earlier versions take for their session. */
const lock = '7241865325823964';

/**
 * Brings the database to this version, forwards only, in one transaction. Of replicas that start at once one migrates and
 * the others wait for it, by an advisory lock of the transaction: behind PgBouncer the session is not ours.
 *
 * @throws when a migration fails; nothing of it is kept then
 */
export async function migrate(options: { pool: Pool; logger: Logger }): Promise<void> {
  const { pool, logger } = options;
  const done = await inPatientTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(${lock})`);
    // When there is anything to do, the runner ends this transaction as if it had begun it.
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
  await inPatientTransaction(pool, allowReasons);
  if (done.length > 0) logger.info({ migrations: done.map(({ name }) => name) }, 'database migrated');
}
