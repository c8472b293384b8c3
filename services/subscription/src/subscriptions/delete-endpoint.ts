import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Changes } from '../changes/changes.js';
import { withTarget, type Endpoint } from '../http/endpoint.js';
import { Fault, fault } from '../http/errors.js';
import { deleteSubscription } from './queries.js';
import { warningsOf } from '../changes/warnings.js';

export function deleteEndpoint(options: { changes: Changes; statistics: Statistics; logger: Logger }): Endpoint {
  const { changes, statistics, logger } = options;
  return {
    failed: 'deleteFailed',
    isChange: true,
    handle: withTarget(async (target, { caller }) => {
      const { account, id } = target;
      let dropped: number | undefined;
      const made = await changes.make({
        call: { operator: caller.user, what: ['delete', account, id], body: '' },
        change: async (client) => {
          const deleted = await deleteSubscription(client, target);
          if (deleted === undefined) return fault('deleteNotFound');
          dropped = deleted.dropped;
          return { kind: 'deleted', id, revision: deleted.revision };
        },
      });
      if (made instanceof Fault) return made;
      // Leftover figures do no harm, because ids are never reused.
      await statistics.forget(id).catch((error: unknown) => {
        logger.warn({ err: error, subscription: id }, 'figures of a deleted subscription stay');
      });
      return { data: 'success', dropped, ...warningsOf(made) };
    }),
  };
}
