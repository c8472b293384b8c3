import { isAskedFor } from './attempt.js';
import { eventKeyOf } from './redis-keys.js';
import {
  defaultTraceWindowS,
  stepsPerEvent,
  type Attempt,
  type EventStep,
  type Statistics,
  type Totals,
} from './statistics.js';
import { attemptsPerSubscription } from './tally.js';

const noTotals: Totals = { total: 0, failure: 0, pending: 0, delivered: 0, undelivered: 0, dropped: 0 };
/** The newest attempts that are kept: enough for a process for trying Callbus out. */
const tracesKept = 10_000;

/** Statistics in the memory of the process. */
export function createMemoryStatistics(options: { traceWindowS?: number; now?: () => number } = {}): Statistics {
  const { traceWindowS = defaultTraceWindowS, now = Date.now } = options;
  const totals = new Map<number, Record<keyof Totals, number>>();
  const attempts = new Map<number, Attempt[]>();
  /** Ordered by the time of the last step. */
  const traces = new Map<string, { steps: EventStep[]; expiresAt: number }>();

  function totalsOf(subscription: number) {
    const known = totals.get(subscription) ?? { ...noTotals };
    totals.set(subscription, known);
    return known;
  }

  /** Drops traces that have expired, and the oldest when there are too many. */
  function dropTraces(): void {
    for (const [key, { expiresAt }] of traces) {
      if (expiresAt > now() && traces.size <= tracesKept) return;
      traces.delete(key);
    }
  }

  return {
    recordAttempt(attempt) {
      const counters = totalsOf(attempt.subscription);
      if (attempt.outcome !== 'unsent') {
        counters.total += 1;
        counters[attempt.outcome === 'confirmed' ? 'delivered' : 'failure'] += 1;
      }

      const kept = attempts.get(attempt.subscription) ?? [];
      attempts.set(attempt.subscription, kept);
      kept.push(attempt);
      if (kept.length > attemptsPerSubscription) kept.shift();
    },

    count(subscription, counter, by = 1) {
      totalsOf(subscription)[counter] += by;
    },

    recordStep(step) {
      if (traceWindowS === 0) return;
      const key = eventKeyOf(step.account, step.eventId);
      const steps = traces.get(key)?.steps ?? [];
      steps.push(step);
      if (steps.length > stepsPerEvent) steps.shift();
      traces.delete(key);
      traces.set(key, { steps, expiresAt: now() + traceWindowS * 1_000 });
      dropTraces();
    },

    totals: (subscriptions) =>
      Promise.resolve(new Map(subscriptions.map((id) => [id, { ...noTotals, ...totals.get(id) }]))),

    attempts: (subscription, query) =>
      Promise.resolve((attempts.get(subscription) ?? []).toReversed().filter(isAskedFor(query)).slice(0, query.limit)),

    trace(account, eventId) {
      dropTraces();
      const steps = traces.get(eventKeyOf(account, eventId))?.steps ?? [];
      return Promise.resolve(steps.toSorted((one, other) => one.at - other.at));
    },

    forget(subscription) {
      totals.delete(subscription);
      attempts.delete(subscription);
      return Promise.resolve();
    },

    isReady: () => true,
    close: () => Promise.resolve(),
  };
}
