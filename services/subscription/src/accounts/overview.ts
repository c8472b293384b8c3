import type { Attempt, Totals } from '@callbus/statistics/statistics';

export interface Named {
  readonly id: number;
  readonly name: string;
  readonly enabled: boolean;
}

/** The number of subscriptions in a list of the overview. */
const listed = 10;

/** Adds up the figures of all subscriptions of an account. */
export function sumOf(subscriptions: readonly Named[], totals: ReadonlyMap<number, Totals>) {
  const sum = { attempts: 0, failures: 0, pending: 0, delivered: 0, undelivered: 0, dropped: 0 };
  for (const { total, failure, pending, delivered, undelivered, dropped } of totals.values()) {
    sum.attempts += total;
    sum.failures += failure;
    sum.pending += pending;
    sum.delivered += delivered;
    sum.undelivered += undelivered;
    sum.dropped += dropped;
  }
  const enabled = subscriptions.filter((each) => each.enabled).length;
  return { subscriptions: subscriptions.length, enabled, ...sum };
}

/** The subscriptions with failed attempts, the most failures first. */
export function topFailing(subscriptions: readonly Named[], totals: ReadonlyMap<number, Totals>) {
  return subscriptions
    .map(({ id, name }) => ({ subscription_id: id, subscription_name: name, ...attemptsOf(totals.get(id)) }))
    .filter(({ failures }) => failures > 0)
    .sort((one, other) => other.failures - one.failures)
    .slice(0, listed);
}

/** The subscriptions with the most attempts. Only their durations are looked up. */
export function busiest(subscriptions: readonly Named[], totals: ReadonlyMap<number, Totals>, count: number) {
  const attempts = ({ id }: Named) => totals.get(id)?.total ?? 0;
  return subscriptions
    .filter((each) => attempts(each) > 0)
    .sort((one, other) => attempts(other) - attempts(one))
    .slice(0, count);
}

/** The subscriptions with the highest average duration of their last attempts, the slowest first. */
export function topSlowest(attempts: readonly (readonly [Named, readonly Attempt[]])[]) {
  return attempts
    .filter(([, made]) => made.length > 0)
    .map(([{ id, name }, made]) => ({
      subscription_id: id,
      subscription_name: name,
      average_ms: Math.round(made.reduce((sum, { durationMs }) => sum + durationMs, 0) / made.length),
      longest_ms: Math.max(...made.map(({ durationMs }) => durationMs)),
    }))
    .sort((one, other) => other.average_ms - one.average_ms)
    .slice(0, listed);
}

function attemptsOf(totals: Totals | undefined) {
  return { attempts: totals?.total ?? 0, failures: totals?.failure ?? 0 };
}
