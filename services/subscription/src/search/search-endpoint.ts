import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import { isOutOfTime, sqlStateOf, type Pool } from '../database/pool.js';
import { inline, integer, list, optional, text } from '@callbus/openapi/schema';
import { route, type HandleOf } from '../api/route.js';
import { sampleSubscription } from '../api/samples.js';
import { Fault } from '../http/errors.js';
import type { PatternLimits } from '../subscriptions/patterns.js';
import { readOwner } from '../http/read-path.js';
import type { ReadingTurns } from '../http/reading-turns.js';
import { invalid } from '../http/reasons.js';
import { readSearch, searchSchema, type Search } from './search.js';
import { createItemsOf, subscriptionPart } from '../subscriptions/items.js';
import { searchSubscriptions } from './search-subscriptions.js';

const invalidRegularExpression = '2201B';

export const searchRoute = route({
  method: 'post',
  path: '/subscribe/search/:account/:biz',
  tag: 'subscriptions',
  summary: 'Search subscriptions',
  description: 'An empty body finds all subscriptions of the account. The business in the path does not matter.',
  roles: ['manage', 'look'],
  failed: 'searchFailed',
  turns: 'own',
  body: searchSchema,
  isBodyOptional: true,
  data: inline({
    count: integer('All subscriptions that were found, before paging.'),
    info: list(subscriptionPart, {
      description:
        'The page; fewer than `limit` when the bytes of an answer are used up. With `fields`, only these members.',
    }),
    warning: optional(text('Present while the figures of the subscriptions are not known.')),
  }),
  examples: {
    all: { body: {}, data: { count: 1, info: [sampleSubscription] } },
    page: {
      summary: 'A page of some members',
      body: {
        page: { start: 0, limit: 20, sort: '-last_time,subscription_id' },
        condition: { system_name: 'media', subscription_name: { $regex: '^thumb', $options: 'i' } },
        fields: ['subscription_id', 'subscription_name', 'statistics'],
      },
      data: {
        count: 1,
        info: [{ subscription_id: 1, subscription_name: 'thumbnails', statistics: { total: 30, failure: 2 } }],
      },
    },
  },
});

export function searchEndpoint(options: {
  pool: Pool;
  turns: ReadingTurns;
  statistics: Statistics;
  limits: PatternLimits;
  logger: Logger;
}): HandleOf<typeof searchRoute> {
  const { pool, turns, statistics, limits, logger } = options;
  const itemsOf = createItemsOf({ statistics, limits, logger });

  return async ({ params, body, afterAnswer }) => {
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
