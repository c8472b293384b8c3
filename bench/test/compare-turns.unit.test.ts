import { describe, expect, test } from '@jest/globals';
import { compareTurns, verdictOf, type Turn } from '../src/compare-turns.js';
import { spreadOfMedian } from '../src/quantiles.js';
import type { Run } from '../src/runs.js';

/** A run with this CPU time for each of 1,000 events. */
function runOf(throughput: number, cpuUs: { delivery: number; rabbitmq: number; receiver?: number }): Run {
  const usage = Object.fromEntries(
    Object.entries(cpuUs).map(([name, us]) => [name, { cpuS: (us * 1_000) / 1e6, peakMiB: 1 }]),
  );
  return { values: { 'callbacks/s': throughput }, events: 1_000, usage, lost: 0, repeated: 0, failed: 0 };
}

/** Turns of a machine whose speed varies by a half, for all sides alike. */
function turnsWith({ costs, noise = [1] }: { costs: number; noise?: readonly number[] }): Turn[] {
  return Array.from({ length: 15 }, (_, turn) => {
    const machine = 0.75 + (turn % 5) / 8;
    const again = noise[turn % noise.length] ?? 1;
    const run = (factor: number) =>
      runOf(10_000 / (machine * factor), { delivery: 60 * machine * factor, rabbitmq: 20, receiver: 30 });
    return { this: run(costs), other: run(1), again: run(costs * again) };
  });
}

const compared = (turns: readonly Turn[], measure: string) => {
  const found = compareTurns(turns).find((each) => each.measure === measure);
  if (found === undefined) throw new Error(`${measure} is not compared`);
  return found;
};

describe('the ratio of two builds', () => {
  test('is taken within turns, so that the speed of the machine does not count', () => {
    const { ratio, noise, value, otherValue } = compared(turnsWith({ costs: 1.1 }), 'CPU of delivery, µs/event');
    for (const each of [ratio.median, ratio.from, ratio.to]) expect(each).toBeCloseTo(1.1, 6);
    expect(noise).toEqual({ median: 1, from: 1, to: 1 });
    expect([value, otherValue]).toEqual([expect.closeTo(66, 6), expect.closeTo(60, 6)]);
  });

  test('of all CPU includes the broker and not the benchmark', () => {
    expect(compared(turnsWith({ costs: 1 }), 'CPU of all, µs/event').value).toBeCloseTo(80, 6);
    expect(compareTurns(turnsWith({ costs: 1 })).map(({ measure }) => measure)).toEqual([
      'callbacks/s',
      'CPU of all, µs/event',
      'CPU of delivery, µs/event',
      'CPU of rabbitmq, µs/event',
    ]);
  });
});

describe('a bound', () => {
  const verdicts = (turns: readonly Turn[]) =>
    ['callbacks/s', 'CPU of all, µs/event'].map((measure) => verdictOf(compared(turns, measure)));

  test.each([
    ['nothing', 1, 'met', 'met'],
    ['two percent', 1.02, 'met', 'met'],
    ['a tenth', 1.1, 'NOT MET', 'NOT MET'],
    ['less', 0.9, 'met', 'met'],
  ])('on a quiet machine, of a change that costs %s', (_, costs, throughput, cpu) => {
    expect(verdicts(turnsWith({ costs }))).toEqual([throughput, cpu]);
  });

  test('allows for the noise that a build shows beside itself', () => {
    expect(verdicts(turnsWith({ costs: 1.1, noise: [0.8, 1.2] }))).toEqual(['within the noise', 'within the noise']);
  });

  test('does not exist for a single process', () => {
    expect(verdictOf(compared(turnsWith({ costs: 2 }), 'CPU of delivery, µs/event'))).toBeUndefined();
  });
});

describe('the median', () => {
  test('is between the 4th and the 12th of 15 values in any order', () => {
    const values = Array.from({ length: 15 }, (_, index) => ((index * 7) % 15) + 1);
    expect(spreadOfMedian(values)).toEqual({ median: 8, from: 4, to: 12 });
  });

  test('is between the smallest and the largest of few values', () => {
    expect(spreadOfMedian([3, 1])).toEqual({ median: 2, from: 1, to: 3 });
  });
});
