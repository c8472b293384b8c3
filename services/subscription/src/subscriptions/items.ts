import { maskHeaders } from '@callbus/contracts/sealed-headers';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics, Totals } from '@callbus/statistics/statistics';
import { findPatternFault, type PatternLimits } from './patterns.js';
import type { SubscriptionRow } from './row.js';

/** What the API answers of subscriptions. */
export function createItemsOf(options: {
  statistics: Pick<Statistics, 'totals'>;
  limits: PatternLimits;
  logger: Logger;
}) {
  const { statistics, limits, logger } = options;

  /** Undefined while their store is away: an answer without figures is better than none. */
  async function totalsOf(rows: readonly SubscriptionRow[]): Promise<ReadonlyMap<number, Totals> | undefined> {
    try {
      return await statistics.totals(rows.map((row) => row.id));
    } catch (error) {
      logger.warn({ err: error }, 'subscriptions are told without statistics');
      return undefined;
    }
  }

  return async (rows: readonly SubscriptionRow[]) => {
    const totals = await totalsOf(rows);
    // The original's front end reads `statistics.failure` of each row, and an unknown figure is no zero.
    const statisticsOf = ({ id }: SubscriptionRow) =>
      totals === undefined
        ? { total: null, failure: null }
        : { total: totals.get(id)?.total ?? 0, failure: totals.get(id)?.failure ?? 0 };
    const items = rows.map((row) => ({ ...itemOf(row), statistics: statisticsOf(row), ...flagsOf(row, limits) }));
    return { items, hasStatistics: totals !== undefined };
  };
}

function itemOf(row: SubscriptionRow) {
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
    description: row.description,
    enabled: row.enabled,
    disabled_reason: row.disabledReason,
    payload_format: row.payloadFormat,
    event_bus_id: row.eventBusId,
    headers: maskHeaders(row.headers),
    max_attempts: row.maxAttempts,
    max_in_flight: row.maxInFlight,
    verification: row.verification,
    verified: row.isVerified,
    verification_failure: row.verificationFailure,
  };
}

/** Said only of what was stored before there were limits. */
function flagsOf(row: SubscriptionRow, limits: PatternLimits): { pattern_over_limit?: true } {
  return findPatternFault(row.eventNames, limits) === undefined ? {} : { pattern_over_limit: true };
}
