import { attemptsPerSubscription } from './tally.js';
import type { Attempt, Statistics, Totals } from './statistics.js';

const noTotals: Totals = { total: 0, failure: 0, pending: 0, delivered: 0, undelivered: 0, dropped: 0 };

/** Statistics that live as long as the process. */
export function createMemoryStatistics(): Statistics {
  const totals = new Map<number, Record<keyof Totals, number>>();
  const attempts = new Map<number, Attempt[]>();

  function totalsOf(subscription: number) {
    const known = totals.get(subscription) ?? { ...noTotals };
    totals.set(subscription, known);
    return known;
  }

  return {
    recordAttempt(attempt) {
      const counters = totalsOf(attempt.subscription);
      counters.total += 1;
      if (attempt.outcome !== 'confirmed') counters.failure += 1;

      const kept = attempts.get(attempt.subscription) ?? [];
      attempts.set(attempt.subscription, kept);
      kept.push(attempt);
      if (kept.length > attemptsPerSubscription) kept.shift();
    },

    count(subscription, counter, by = 1) {
      totalsOf(subscription)[counter] += by;
    },

    totals: (subscriptions) =>
      Promise.resolve(new Map(subscriptions.map((id) => [id, { ...noTotals, ...totals.get(id) }]))),

    attempts: (subscription, { limit }) =>
      Promise.resolve((attempts.get(subscription) ?? []).toReversed().slice(0, limit)),

    forget(subscription) {
      totals.delete(subscription);
      attempts.delete(subscription);
      return Promise.resolve();
    },

    isReady: () => true,
    close: () => Promise.resolve(),
  };
}
