import { fileURLToPath } from 'node:url';
import type { Logger } from '@callbus/runtime/logger';
import { runner } from 'node-pg-migrate';
import { allowReasons } from './allow-reasons.js';
import { withPatientClient, type Pool } from './database.js';

const migrations = fileURLToPath(new URL('../migrations/', import.meta.url));

/**
 * Brings the database to this version, forwards only, in one transaction. Of replicas that start at once one migrates and
 * the others wait for it, by an advisory lock of the runner.
 *
 * @throws when a migration fails; nothing of it is kept then
 */
export async function migrate(options: { pool: Pool; logger: Logger }): Promise<void> {
  const { pool, logger } = options;
  const done = await withPatientClient(pool, async (client) => {
    const migrated = await runner({
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
    await allowReasons(client);
    return migrated;
  });
  if (done.length > 0) logger.info({ migrations: done.map(({ name }) => name) }, 'database migrated');
}
