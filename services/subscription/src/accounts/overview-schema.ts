import { inline, integer, list, nullable, number, object, text, type Static } from '@callbus/openapi/schema';

const named = { subscription_id: integer('The subscription.'), subscription_name: text('Its name.') };
const quota = inline({ used: integer('How much of the quota is used.'), bound: integer('The quota.') });
const rate = inline({
  used: nullable(number('Per second over the last minute, over all processes; null while no process reports it.')),
  bound_per_process: nullable(integer('The quota of each process.')),
});

export const overviewSchema = object('Overview', {
  totals: inline({
    subscriptions: integer('Subscriptions of the account.'),
    enabled: integer('Subscriptions that are enabled.'),
    attempts: integer('Attempts made.'),
    failures: integer('Attempts that were not confirmed.'),
    pending: integer('Deliveries that have not ended.'),
    delivered: integer('Deliveries with a confirmed callback.'),
    undelivered: integer('Deliveries that ended without a confirmed callback.'),
    dropped: integer('Deliveries whose subscription was deleted.'),
  }),
  failing: list(
    inline({
      ...named,
      attempts: integer('Attempts made.'),
      failures: integer('Attempts that were not confirmed.'),
    }),
    { description: 'The ten subscriptions with the most failures.' },
  ),
  slowest: list(
    inline({
      ...named,
      average_ms: integer('The average of the last 20 attempts.'),
      longest_ms: integer('The longest of the last 20 attempts.'),
    }),
    { description: 'The ten slowest of the hundred subscriptions with the most attempts.' },
  ),
  quotas: inline({
    subscriptions: quota,
    subscription_bytes: quota,
    pattern_bytes: quota,
    names_per_subscription: inline({ bound: integer('The most event names of each subscription.') }),
    undelivered: quota,
    replays: quota,
    keys: quota,
    events_per_second: rate,
    bytes_per_second: rate,
  }),
});

const subscription = { subscription_id: 1, subscription_name: 'thumbnails' };

export const sampleOverview: Static<typeof overviewSchema> = {
  totals: {
    subscriptions: 1,
    enabled: 1,
    attempts: 30,
    failures: 2,
    pending: 0,
    delivered: 28,
    undelivered: 0,
    dropped: 0,
  },
  failing: [{ ...subscription, attempts: 30, failures: 2 }],
  slowest: [{ ...subscription, average_ms: 12, longest_ms: 40 }],
  quotas: {
    subscriptions: { used: 1, bound: 10_000 },
    subscription_bytes: { used: 512, bound: 268_435_456 },
    pattern_bytes: { used: 26, bound: 1_048_576 },
    names_per_subscription: { bound: 1_000 },
    undelivered: { used: 0, bound: 10_000_000 },
    replays: { used: 0, bound: 100 },
    keys: { used: 0, bound: 1_000 },
    events_per_second: { used: 2.5, bound_per_process: 50_000 },
    bytes_per_second: { used: 1_280, bound_per_process: 134_217_728 },
  },
};
