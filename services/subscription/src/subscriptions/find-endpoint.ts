import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Pool } from '../database/pool.js';
import { withTarget, type Endpoint } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import type { PatternLimits } from './patterns.js';
import { createItemsOf } from './items.js';
import { findSubscriptionOf } from './read-rows.js';

/** Answers one subscription in the form in which a search answers it. */
export function findEndpoint(options: {
  pool: Pool;
  statistics: Statistics;
  limits: PatternLimits;
  logger: Logger;
}): Endpoint {
  const { pool } = options;
  const itemsOf = createItemsOf(options);
  return {
    failed: 'searchFailed',
    roles: ['operate', 'manage'],
    handle: withTarget(async (target) => {
      const row = await findSubscriptionOf(pool, target);
      if (row === undefined) return new Fault('findNotFound');
      const { items } = await itemsOf([row]);
      return { data: items[0] };
    }),
  };
}
