import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Pool } from '../database/pool.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault, fault } from '../http/errors.js';
import type { PatternLimits } from './patterns.js';
import { readTarget } from '../http/read-path.js';
import { createItemsOf } from './items.js';
import { findSubscriptionOf } from './queries.js';

/** Answers one subscription as a search does. */
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
    async handle({ params }) {
      const target = readTarget(params);
      if (target instanceof Fault) return target;
      const row = await findSubscriptionOf(pool, target);
      if (row === undefined) return fault('findNotFound');
      const { items } = await itemsOf([row]);
      return { data: items[0] };
    },
  };
}
