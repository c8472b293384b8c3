import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTally, type Row } from '../src/tally.js';

const subscription = fc.integer({ min: 1, max: 5 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('attempt' as const), subscription, isConfirmed: fc.boolean() }),
  fc.record({ kind: fc.constant('count' as const), subscription, by: fc.integer({ min: -9, max: 9 }) }),
  fc.record({ kind: fc.constant('take' as const), limit: fc.integer({ min: 1, max: 5 }) }),
);

/** Figures of all rows together, by subscription. */
function sumUp(rows: readonly Row[]): Record<string, number> {
  const sums: Record<string, number> = {};
  const add = (name: string, by = 0) => by !== 0 && (sums[name] = (sums[name] ?? 0) + by);
  for (const row of rows) {
    add(`${row.subscription} pending`, row.pending);
    add(`${row.subscription} total`, row.total);
    add(`${row.subscription} failure`, row.failure);
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0));
}

describe('the tally', () => {
  it('returns every count once, whenever rows are taken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const tally = createTally();
        const straight: Row[] = [];
        const taken: Row[] = [];
        for (const next of steps) {
          if (next.kind === 'take') {
            taken.push(...tally.take(next.limit));
          } else if (next.kind === 'count') {
            tally.count(next.subscription, 'pending', next.by);
            straight.push({ ...emptyRow(next.subscription), pending: next.by });
          } else {
            tally.countAttempt(next.subscription, next.isConfirmed ? 'confirmed' : 'timeout');
            const failure = next.isConfirmed ? 0 : 1;
            straight.push({ ...emptyRow(next.subscription), total: 1, failure });
          }
        }
        taken.push(...tally.take(100));
        expect(tally.size()).toBe(0);
        expect(sumUp(taken)).toEqual(sumUp(straight));
      }),
    );
  });
});

function emptyRow(id: number): Row {
  return { subscription: id, total: 0, failure: 0, pending: 0, undelivered: 0, dropped: 0 };
}
