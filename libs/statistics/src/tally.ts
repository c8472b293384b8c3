import type { AttemptOutcome, Counter } from './statistics.js';

/** The counts of one subscription since its row was last taken. */
export interface Row extends Record<Counter, number> {
  readonly subscription: number;
  /** Attempts, and those of them that were not confirmed. */
  total: number;
  failure: number;
}

/** Adds up counts in memory. It runs for every attempt, so it allocates nothing but the first row of a subscription. */
export function createTally() {
  let rows = new Map<number, Row>();

  function rowOf(subscription: number): Row {
    let row = rows.get(subscription);
    if (row === undefined) {
      row = { subscription, total: 0, failure: 0, pending: 0, undelivered: 0, dropped: 0 };
      rows.set(subscription, row);
    }
    return row;
  }

  return {
    countAttempt(subscription: number, outcome: AttemptOutcome): void {
      if (outcome === 'unsent') return;
      const row = rowOf(subscription);
      row.total += 1;
      if (outcome !== 'confirmed') row.failure += 1;
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
        return all;
      }
      const taken: Row[] = [];
      for (const row of rows.values()) {
        if (taken.length === limit) break;
        taken.push(row);
      }
      for (const { subscription } of taken) rows.delete(subscription);
      return taken;
    },

    forget: (subscription: number) => void rows.delete(subscription),

    size: () => rows.size,
  };
}
