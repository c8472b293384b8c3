import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import { isOutOfTime, sqlStateOf, type Pool } from '../database/pool.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import type { PatternLimits } from '../subscriptions/patterns.js';
import { readOwner } from '../http/read-path.js';
import type { ReadingTurns } from '../http/reading-turns.js';
import { invalid } from '../http/reasons.js';
import { readSearch, type Search } from './search.js';
import { createItemsOf } from '../subscriptions/items.js';
import { searchSubscriptions } from './search-subscriptions.js';

const invalidRegularExpression = '2201B';

export function searchEndpoint(options: {
  pool: Pool;
  turns: ReadingTurns;
  statistics: Statistics;
  limits: PatternLimits;
  logger: Logger;
}): Endpoint {
  const { pool, turns, statistics, limits, logger } = options;
  const itemsOf = createItemsOf({ statistics, limits, logger });

  return {
    failed: 'searchFailed',
    turns: 'own',
    async handle({ params, body, afterAnswer }) {
      const owner = readOwner(params);
      if (owner instanceof Fault) return owner;
      const search = readSearch(body, owner.account);
      if (search instanceof Fault) return search;

      const turn = await turns.enter(owner.account);
      if (turn instanceof Fault) return turn;
      afterAnswer(() => turn.end());
      const found = await turn.read(() => searchSubscriptions(pool, search)).catch(faultOrThrow(search));
      if (found instanceof Fault) return found;
      const { items, hasStatistics } = await itemsOf(found.rows);
      const info = items.map((item) => pick(item, search.fields));
      // The original does not have this member.
      const warning = hasStatistics ? {} : { warning: 'statistics are not available' };
      return { data: { count: found.count, info, ...warning } };
    },
  };
}

/** A search that exceeds its time is refused if it has a regular expression. Otherwise the database is too slow. */
function faultOrThrow({ hasRegex }: Search): (error: unknown) => Fault {
  return (error) => {
    if (sqlStateOf(error) === invalidRegularExpression) return invalid('condition', 'condition.regex');
    if (!isOutOfTime(error)) throw error;
    return hasRegex ? invalid('condition', 'condition.tooCostly') : new Fault('searchFailed', { status: 503 });
  };
}

/** @param fields empty for all members */
function pick(item: object, fields: readonly string[]): object {
  if (fields.length === 0) return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => fields.includes(name)));
}
