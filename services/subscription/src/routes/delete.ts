import type { Logger } from '@callbus/runtime/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Announce } from '../announce.js';
import type { Pool } from '../database.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import { readTarget } from '../read-path.js';
import { deleteSubscription } from '../subscriptions.js';

export function deleteEndpoint(options: {
  pool: Pool;
  announce: Announce;
  statistics: Statistics;
  logger: Logger;
}): Endpoint {
  const { pool, announce, statistics, logger } = options;
  return {
    failed: 'deleteFailed',
    isChange: true,
    async handle({ params }) {
      const target = readTarget(params);
      if (target instanceof Fault) return target;
      const { place, id } = target;
      announce.requireOpen();
      const revision = await deleteSubscription(pool, place, id);
      if (revision === 'not found') return fault('deleteNotFound');
      await announce.deleted(id, revision);
      // Figures that stay behind harm nobody: ids are never given twice.
      await statistics.forget(id).catch((error: unknown) => {
        logger.warn({ err: error, subscription: id }, 'figures of a deleted subscription stay');
      });
      return { data: 'success' };
    },
  };
}
