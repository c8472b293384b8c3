import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Pool } from '../database/pool.js';
import { onePath, route, type HandleOf } from '../api/route.js';
import { sampleSubscription } from '../api/samples.js';
import { theOne } from '../database/the-one.js';
import { withTarget } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import type { PatternLimits } from './patterns.js';
import { createItemsOf, subscriptionSchema } from './items.js';
import { findSubscriptionOf } from './read-rows.js';

export const findRoute = route({
  method: 'get',
  path: onePath,
  tag: 'subscriptions',
  summary: 'Read a subscription',
  roles: ['operate', 'manage', 'look'],
  failed: 'searchFailed',
  errors: ['findNotFound'],
  data: subscriptionSchema,
  examples: { subscription: { data: sampleSubscription } },
});

/** Answers one subscription in the form in which a search answers it. */
export function findEndpoint(options: {
  pool: Pool;
  statistics: Statistics;
  limits: PatternLimits;
  logger: Logger;
}): HandleOf<typeof findRoute> {
  const { pool } = options;
  const itemsOf = createItemsOf(options);
  return withTarget(async (target) => {
    const row = await findSubscriptionOf(pool, target);
    if (row === undefined) return new Fault('findNotFound');
    const { items } = await itemsOf([row]);
    return { data: theOne(items) };
  });
}
