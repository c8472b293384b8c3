import type { Attempt, Counter } from './statistics.js';

/** The records of one subscription since its row was last taken. */
export interface Row extends Record<Counter, number> {
  readonly subscription: number;
  /** Attempts, and those of them that were not confirmed. */
  total: number;
  failure: number;
  /** Oldest first. */
  readonly attempts: Attempt[];
}

export const attemptsPerSubscription = 1_000;
/** Attempts that wait over all subscriptions while the store is away, so that memory does not fill. Beyond this number only counters go on. */
const attemptsOverall = 10_000;

export type Tally = ReturnType<typeof createTally>;

/** Adds up records in memory. It runs for every attempt, so it allocates nothing but the first row of a subscription. */
export function createTally() {
  let rows = new Map<number, Row>();
  let attemptsKept = 0;

  function rowOf(subscription: number): Row {
    let row = rows.get(subscription);
    if (row === undefined) {
      row = { subscription, total: 0, failure: 0, pending: 0, undelivered: 0, dropped: 0, attempts: [] };
      rows.set(subscription, row);
    }
    return row;
  }

  function keep(attempts: Attempt[], attempt: Attempt): void {
    if (attempts.length === attemptsPerSubscription || (attemptsKept === attemptsOverall && attempts.length > 0)) {
      attempts.shift();
    } else if (attemptsKept < attemptsOverall) {
      attemptsKept += 1;
    } else {
      return;
    }
    attempts.push(attempt);
  }

  function drop(row: Row): void {
    rows.delete(row.subscription);
    attemptsKept -= row.attempts.length;
  }

  return {
    recordAttempt(attempt: Attempt): void {
      const row = rowOf(attempt.subscription);
      if (attempt.outcome !== 'unsent') row.total += 1;
      if (attempt.outcome !== 'unsent' && attempt.outcome !== 'confirmed') row.failure += 1;
      keep(row.attempts, attempt);
    },

    count(subscription: number, counter: Counter, by: number): void {
      rowOf(subscription)[counter] += by;
    },

    /** Removes and returns at most `limit` rows. */
    take(limit: number): Row[] {
      if (rows.size <= limit) {
        // A new map replaces the old one, rather than emptying one map again and again (docs/decisions/0017-track-open-work-in-lists.md).
        const all = [...rows.values()];
        rows = new Map();
        attemptsKept = 0;
        return all;
      }
      const taken: Row[] = [];
      for (const row of rows.values()) {
        if (taken.length === limit) break;
        taken.push(row);
      }
      taken.forEach(drop);
      return taken;
    },

    forget(subscription: number): void {
      const row = rows.get(subscription);
      if (row) drop(row);
    },

    /** Rows that wait. */
    size: () => rows.size,
  };
}
