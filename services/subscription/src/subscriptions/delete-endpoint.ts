import type { Logger } from '@callbus/runtime/observability/logger';
import { messageOf } from '@callbus/runtime/observability/message-of';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Changes } from '../changes/changes.js';
import { done, onePath, route, type HandleOf } from '../api/route.js';
import { withTarget } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { deleteSubscription } from './write-rows.js';
import { warningsOf } from '../changes/warnings.js';

export const deleteRoute = route({
  method: 'delete',
  path: onePath,
  tag: 'subscriptions',
  summary: 'Delete a subscription',
  description: 'Deliveries that still wait for it are dropped, and its undelivered events are deleted.',
  roles: ['manage'],
  failed: 'deleteFailed',
  errors: ['deleteNotFound'],
  isChange: true,
  data: done,
  beside: ['warnings', 'dropped'],
  examples: { done: { data: 'success' } },
});

/** Deletes a subscription. Its undelivered events are deleted in the background. */
export function deleteEndpoint(options: {
  changes: Changes;
  statistics: Statistics;
  logger: Logger;
}): HandleOf<typeof deleteRoute> {
  const { changes, statistics, logger } = options;
  return withTarget(async (target, { caller }) => {
    const { account, id } = target;
    let dropped: number | undefined;
    const made = await changes.make({
      call: { operator: caller.user, what: ['delete', account, id], body: '' },
      change: async (client) => {
        const deleted = await deleteSubscription(client, target);
        if (deleted === undefined) return new Fault('deleteNotFound');
        dropped = deleted.dropped;
        return { kind: 'deleted', id, revision: deleted.revision };
      },
    });
    if (made instanceof Fault) return made;
    // Figures that stay do no harm, because ids are never reused.
    await statistics.forget(id).catch((error: unknown) => {
      logger.warn({ error: messageOf(error), subscription: id }, 'cannot delete the figures of a deleted subscription');
    });
    return { data: 'success', dropped, ...warningsOf(made) };
  });
}
