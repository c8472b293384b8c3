import { inline, integer, nullable, typed } from '@callbus/openapi/schema';
import type { Logger } from '@callbus/runtime/observability/logger';
import { messageOf } from '@callbus/runtime/observability/message-of';
import type { Statistics, Totals } from '@callbus/statistics/statistics';
import { findExcess, type PatternLimits } from './patterns.js';
import { apiNamesOf } from './field.js';
import { readFields, type SubscriptionRow } from './row.js';

const statisticsSchema = inline(
  {
    total: nullable(integer('Attempts made.')),
    failure: nullable(integer('Attempts that were not confirmed.')),
  },
  { description: 'The figures of the subscription. Both are null while the store of figures is away.' },
);

/** Converts rows to subscriptions as the API answers them. */
export function createItemsOf(options: {
  statistics: Pick<Statistics, 'totals'>;
  limits: PatternLimits;
  logger: Logger;
}) {
  const { statistics, limits, logger } = options;

  /** Undefined while the store of statistics is away, because an answer without figures is better than none. */
  async function totalsOf(rows: readonly SubscriptionRow[]): Promise<ReadonlyMap<number, Totals> | undefined> {
    try {
      return await statistics.totals(rows.map((row) => row.id));
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'subscriptions are answered without statistics');
      return undefined;
    }
  }

  return async (rows: readonly SubscriptionRow[]) => {
    const totals = await totalsOf(rows);
    // The original's front end reads `statistics.failure` of each row, and an unknown figure must not read as zero.
    const statisticsOf = ({ id }: SubscriptionRow) =>
      totals === undefined
        ? { total: null, failure: null }
        : { total: totals.get(id)?.total ?? 0, failure: totals.get(id)?.failure ?? 0 };
    const items = rows.map((row) => ({ ...itemOf(row), statistics: statisticsOf(row), ...flagsOf(row, limits) }));
    return { items, hasStatistics: totals !== undefined };
  };
}

/** The members of a subscription as callers get it. A search returns the members that its caller names, by default all. */
const memberSchemas = {
  ...Object.fromEntries(
    readFields.flatMap(([, field]) =>
      apiNamesOf(field).map((name) => [name, { ...field.type.json, description: field.description }]),
    ),
  ),
  statistics: statisticsSchema,
  pattern_over_limit: {
    const: true,
    description:
      'Present when a pattern exceeds a limit that was set after it was saved. Such a pattern matches nothing.',
  },
};
const partSchema = { $id: 'SubscriptionPart', type: 'object', properties: memberSchemas };

/** A subscription with the members that the caller of a search names. */
export const subscriptionPart = typed<object>(partSchema);
export const subscriptionSchema = typed<Readonly<Record<string, unknown>>>({
  $id: 'Subscription',
  allOf: [partSchema],
  required: Object.keys(memberSchemas).filter((name) => name !== 'pattern_over_limit'),
});

const answered = readFields.flatMap(([name, field]) => apiNamesOf(field).map((member) => ({ member, name, field })));

function itemOf(row: SubscriptionRow): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    answered.map(({ member, name, field }) => [member, field.toCallers ? field.toCallers(row[name]) : row[name]]),
  );
}

/** Flags a subscription that was stored before there were limits. */
function flagsOf(row: SubscriptionRow, limits: PatternLimits): { pattern_over_limit?: true } {
  return findExcess(row.eventNames, limits) === undefined ? {} : { pattern_over_limit: true };
}
