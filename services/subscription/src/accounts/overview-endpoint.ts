import { everyAccount } from '@callbus/contracts/keys/holder';
import type { Logger } from '@callbus/runtime/observability/logger';
import { messageOf } from '@callbus/runtime/observability/message-of';
import type { Published, PublishRates } from '@callbus/runtime/redis/publish-rates';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Pool } from '../database/pool.js';
import { route, type HandleOf } from '../api/route.js';
import { overviewSchema, sampleOverview } from './overview-schema.js';
import { Fault } from '../http/errors.js';
import type { Limits } from './limits.js';
import { busiest, sumOf, topFailing, topSlowest, type Named } from './overview.js';
import { usageOf, type Usage } from './usage.js';

/** The number of subscriptions whose last attempts are read. Each takes a round trip; all are read in parallel. */
const busiestRead = 100;
const attemptsRead = 20;

export const overviewRoute = route({
  method: 'get',
  path: '/overview',
  tag: 'operation',
  summary: "Read the totals of the caller's account",
  description:
    'Quotas are of one account. So a caller that may read every account names one by `HTTP_BK_SUPPLIER_ACCOUNT`; otherwise the answer is 400.',
  roles: ['operate', 'look'],
  errors: ['missing'],
  failed: 'overviewFailed',
  data: overviewSchema,
  examples: { overview: { data: sampleOverview } },
});

/** Answers the totals of the caller's account, and its subscriptions with the most failures and the slowest callbacks. */
export function overviewEndpoint(options: {
  pool: Pool;
  statistics: Statistics;
  publishRates: Pick<PublishRates, 'read'>;
  limits: Limits;
  logger: Logger;
}): HandleOf<typeof overviewRoute> {
  const { pool, statistics, publishRates, limits, logger } = options;

  async function overviewOf(subscriptions: readonly Named[]) {
    const totals = await statistics.totals(subscriptions.map(({ id }) => id));
    const attempts = await Promise.all(
      busiest(subscriptions, totals, busiestRead).map(
        async (one) => [one, await statistics.attempts(one.id, { limit: attemptsRead })] as const,
      ),
    );
    return {
      totals: sumOf(subscriptions, totals),
      failing: topFailing(subscriptions, totals),
      slowest: topSlowest(attempts),
    };
  }

  return async ({ caller }) => {
    if (caller.account === everyAccount) return new Fault('missing', { field: 'HTTP_BK_SUPPLIER_ACCOUNT' });
    const subscriptions = await listNames(pool, caller.account);
    const quotas = quotasOf(await usageOf(pool, caller.account, limits.patternBytes), limits);
    try {
      const rates = ratesOf(await publishRates.read(caller.account));
      return { data: { ...(await overviewOf(subscriptions)), quotas: { ...quotas, ...rates } } };
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'cannot read the statistics');
      return new Fault('overviewFailed', { status: 503 });
    }
  };
}

/** How much of each quota the account uses. */
function quotasOf(usage: Usage, limits: Limits) {
  return {
    subscriptions: { used: usage.subscriptions, bound: limits.subscriptions },
    subscription_bytes: { used: usage.subscriptionBytes, bound: limits.subscriptionBytes },
    pattern_bytes: { used: usage.patternBytes, bound: limits.accountPatternBytes },
    // This quota limits each subscription on its own, so it has no figure for the whole account.
    names_per_subscription: { bound: limits.names },
    undelivered: { used: usage.undelivered, bound: limits.undelivered },
    replays: { used: usage.replays, bound: limits.replays },
    keys: { used: usage.keys, bound: limits.keys },
  };
}

/**
 * The account's publish rates over all processes; null while no process reports them. Each process applies the limits on
 * its own.
 */
function ratesOf(rates: Awaited<ReturnType<PublishRates['read']>>) {
  const rateOf = (name: keyof Published) => ({
    used: rates === undefined ? null : Math.round(rates.used[name] * 100) / 100,
    bound_per_process: rates?.limit[name] ?? null,
  });
  return { events_per_second: rateOf('events'), bytes_per_second: rateOf('bytes') };
}

async function listNames(pool: Pool, account: string): Promise<readonly Named[]> {
  const { rows } = await pool.query<Named>(
    'SELECT id, name, enabled FROM subscriptions WHERE account = $1 ORDER BY id',
    [account],
  );
  return rows;
}
