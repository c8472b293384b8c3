import type { Logger } from '@callbus/runtime/logger';
import type { Statistics, Totals } from '@callbus/statistics/statistics';
import { isOutOfTime, sqlStateOf, type Pool } from '../database.js';
import type { Endpoint } from '../endpoint.js';
import { Fault, fault } from '../errors.js';
import { findPatternFault, type PatternLimits } from '../patterns.js';
import { readPlace } from '../read-path.js';
import type { ReadingTurns } from '../reading-turns.js';
import { reasonFor } from '../reasons.js';
import { readSearch, type Search } from '../search.js';
import type { SubscriptionRow } from '../subscription-row.js';
import { searchSubscriptions } from '../subscriptions.js';

type Figures = ReadonlyMap<number, Totals>;

const invalidRegularExpression = '2201B';

export function searchEndpoint(options: {
  pool: Pool;
  turns: ReadingTurns;
  statistics: Statistics;
  limits: PatternLimits;
  logger: Logger;
}): Endpoint {
  const { pool, turns, statistics, limits, logger } = options;

  /** Null while their store is away: a search without figures is better than none. */
  async function totalsOf(rows: readonly SubscriptionRow[]): Promise<Figures | null> {
    try {
      return await statistics.totals(rows.map((row) => row.id));
    } catch (error) {
      logger.warn({ err: error }, 'search without statistics');
      return null;
    }
  }

  return {
    failed: 'searchFailed',
    async handle({ params, body, afterAnswer }) {
      const place = readPlace(params);
      if (place instanceof Fault) return place;
      const search = readSearch(body, place);
      if (search instanceof Fault) return search;

      const turn = await turns.enter(place.account);
      if (turn instanceof Fault) return turn;
      afterAnswer(() => turn.end());
      const found = await turn.read(() => searchSubscriptions(pool, search)).catch(faultOrThrow(search));
      if (found instanceof Fault) return found;
      const figures = await totalsOf(found.rows);
      const info = found.rows.map((row) => pick({ ...itemOf(row, figures), ...flagsOf(row, limits) }, search.fields));
      // Beyond what the original answers; `statistics` is null then, never a wrong zero.
      const warning = figures === null ? { warning: 'statistics are not available' } : {};
      return { data: { count: found.count, info, ...warning } };
    },
  };
}

/** What is the caller's own doing, or the database's that cannot keep up. */
function faultOrThrow({ hasRegex }: Search): (error: unknown) => Fault {
  return (error) => {
    if (sqlStateOf(error) === invalidRegularExpression)
      return fault('invalid', { field: 'condition', reason: reasonFor('condition.regex') });
    if (!isOutOfTime(error)) throw error;
    return hasRegex
      ? fault('invalid', { field: 'condition', reason: reasonFor('condition.tooCostly') })
      : fault('searchFailed', { status: 503 });
  };
}

function itemOf(row: SubscriptionRow, figures: Figures | null) {
  const totals = figures?.get(row.id);
  return {
    subscription_id: row.id,
    subscription_name: row.name,
    system_name: row.systemName,
    callback_url: row.callbackUrl,
    confirm_mode: row.confirmMode,
    confirm_pattern: row.confirmPattern,
    subscription_form: row.eventNames.join(','),
    timeout: row.timeoutS,
    time_out: row.timeoutS,
    operator: row.operator,
    bk_supplier_account: row.account,
    bk_biz_id: row.bizId,
    last_time: row.lastTime,
    statistics: figures && { total: totals?.total ?? 0, failure: totals?.failure ?? 0 },
    enabled: row.enabled,
    disabled_reason: row.disabledReason,
    payload_format: row.payloadFormat,
    event_bus_id: row.eventBusId,
    headers: row.headers,
    max_attempts: row.maxAttempts,
    max_in_flight: row.maxInFlight,
  };
}

/** Said only of what was stored before there were limits. */
function flagsOf(row: SubscriptionRow, limits: PatternLimits): { pattern_over_limit?: true } {
  return findPatternFault(row.eventNames, limits) === undefined ? {} : { pattern_over_limit: true };
}

/** @param fields empty for every member */
function pick(item: object, fields: readonly string[]): object {
  if (fields.length === 0) return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => fields.includes(name)));
}
