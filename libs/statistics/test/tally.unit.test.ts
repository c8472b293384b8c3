import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTally, type Row } from '../src/tally.js';
import { attemptOf } from './contract.js';

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
    add(`${row.subscription} attempts`, row.attempts.length);
    add(`${row.subscription} total`, row.total);
    add(`${row.subscription} failure`, row.failure);
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0));
}

describe('the tally', () => {
  it('gives out what went in, whenever rows are taken', () => {
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
            const attempt = attemptOf(next.subscription, { outcome: next.isConfirmed ? 'confirmed' : 'timeout' });
            tally.recordAttempt(attempt);
            const failure = next.isConfirmed ? 0 : 1;
            straight.push({ ...emptyRow(next.subscription), total: 1, failure, attempts: [attempt] });
          }
        }
        taken.push(...tally.take(100));
        expect(tally.size()).toBe(0);
        expect(sumUp(taken)).toEqual(sumUp(straight));
      }),
    );
  });

  it('keeps the last 1,000 attempts of a subscription and 10,000 overall, but counts them all', () => {
    const tally = createTally();
    for (let n = 0; n < 24_000; n += 1) tally.recordAttempt(attemptOf(1 + (n % 12), { eventId: `e${n}` }));
    tally.recordAttempt(attemptOf(13));
    const rows = tally.take(100);
    const figures = rows.map(({ total, failure }) => [total, failure]);
    expect(figures).toEqual([...Array<number[]>(12).fill([2_000, 0]), [1, 0]]);
    expect(rows.reduce((sum, row) => sum + row.attempts.length, 0)).toBe(10_000);
    expect(rows.slice(0, 12).map((row) => row.attempts.at(-1)?.eventId)).toEqual(
      Array.from({ length: 12 }, (_, n) => `e${23_988 + n}`),
    );
  });

  it('makes room for the attempts of others when one subscription is taken or forgotten', () => {
    const tally = createTally();
    for (let n = 0; n < 10_000; n += 1) tally.recordAttempt(attemptOf(1 + (n % 10)));
    tally.forget(1);
    tally.recordAttempt(attemptOf(11));
    expect(tally.take(100).at(-1)?.attempts).toHaveLength(1);
  });
});

function emptyRow(id: number): Row {
  return { subscription: id, total: 0, failure: 0, pending: 0, undelivered: 0, dropped: 0, attempts: [] };
}
