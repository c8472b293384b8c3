import { createAgingLists } from './history/aging-lists.js';
import { matchesQuery } from './history/attempt.js';
import { eventKeyOf } from './history/story.js';
import {
  attemptsPerSubscription,
  stepsKeptS,
  stepsPerEvent,
  type Attempt,
  type EventStep,
  type Statistics,
  type Totals,
} from './statistics.js';

const noTotals: Totals = { total: 0, failure: 0, pending: 0, delivered: 0, undelivered: 0, dropped: 0 };
/** The bound in bytes of attempts and traces together: enough for a trial. */
const defaultMaxBytes = 33_554_432;

/** The part of the bound that a deletion leaves, because finding the oldest entry of a map is slow after many deletions. */
const shareLeft = 15 / 16;

/** Statistics in the memory of the process. @param options.now epoch milliseconds */
export function createMemoryStatistics(options: { tracesMaxBytes?: number; now?: () => number } = {}): Statistics {
  const { tracesMaxBytes = defaultMaxBytes, now = Date.now } = options;
  const totals = new Map<number, Record<keyof Totals, number>>();
  const attempts = createAgingLists<number, Attempt>({ lengthMax: attemptsPerSubscription });
  const traces = createAgingLists<string, EventStep>({ lengthMax: stepsPerEvent });
  let since = now();

  function totalsOf(subscription: number) {
    const known = totals.get(subscription) ?? { ...noTotals };
    totals.set(subscription, known);
    return known;
  }

  /** All attempts take at most half of the bound, as in Redis. */
  function deleteOldest(): void {
    const attemptsMaxBytes = tracesMaxBytes / 2;
    if (attempts.bytes() > attemptsMaxBytes)
      attempts.deleteOldest(() => attempts.bytes() > attemptsMaxBytes * shareLeft);

    const bytes = () => attempts.bytes() + traces.bytes();
    const isFull = bytes() > tracesMaxBytes;
    traces.deleteOldest((extendedAt) => {
      const isDue = extendedAt <= now() - stepsKeptS * 1_000 || (isFull && bytes() > tracesMaxBytes * shareLeft);
      if (isDue) since = extendedAt + 1;
      return isDue;
    });
  }

  return {
    recordAttempt(attempt) {
      const counters = totalsOf(attempt.subscription);
      if (attempt.outcome !== 'unsent') {
        counters.total += 1;
        counters[attempt.outcome === 'confirmed' ? 'delivered' : 'failure'] += 1;
      }
      attempts.push(attempt.subscription, attempt, now());
      deleteOldest();
    },

    count(subscription, counter, by = 1) {
      totalsOf(subscription)[counter] += by;
    },

    recordStep(step) {
      traces.push(eventKeyOf(step.account, step.eventId), step, now());
      deleteOldest();
    },

    totals: (subscriptions) =>
      Promise.resolve(new Map(subscriptions.map((id) => [id, { ...noTotals, ...totals.get(id) }]))),

    attempts: (subscription, query) =>
      Promise.resolve(attempts.get(subscription).toReversed().filter(matchesQuery(query)).slice(0, query.limit)),

    trace(account, eventId) {
      deleteOldest();
      const steps = traces.get(eventKeyOf(account, eventId));
      return Promise.resolve({ steps: steps.toSorted((one, other) => one.at - other.at), since });
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
