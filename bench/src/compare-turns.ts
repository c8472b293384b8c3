import { spreadOfMedian, type MedianSpread } from './quantiles.js';
import type { Run } from './runs.js';

/** This build, the other one, and this build again: two buses of one build show the noise of the machine. */
export type Side = 'this' | 'other' | 'again';

/** The runs of one work in one turn. */
export type Turn = Readonly<Record<Side, Run>>;

/** One measure of this build against the other's, and of this build against itself. */
export interface Comparison {
  readonly measure: string;
  /** The median of all turns, in the unit of the measure. */
  readonly value: number;
  readonly otherValue: number;
  /** The ratio of this build to the other, over all turns. */
  readonly ratio: MedianSpread;
  /** The ratio of this build to itself, over all turns. */
  readonly noise: MedianSpread;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The bounds of what a change may cost. */
const leastThroughput = 0.95;
const mostCpu = 1.03;

/** Programs of the benchmark. Their usage does not count for the bus. */
const ofTheBenchmark = new Set(['load', 'receiver']);
/** A process below this share of all CPU has too few kernel ticks in a turn for a ratio. */
const leastShare = 0.03;

export function compareTurns(turns: readonly Turn[]): Comparison[] {
  const first = turns[0]?.this;
  if (first === undefined) return [];
  const measures = Object.keys(first.values).map((measure) =>
    compare(
      turns,
      measure,
      (run) => run.values[measure] ?? NaN,
      isThroughput(measure) ? { atLeast: leastThroughput } : {},
    ),
  );
  const all = compare(turns, 'CPU of all, µs/event', allCpuUs, { atMost: mostCpu });
  const processes = Object.keys(first.usage)
    .filter((name) => !ofTheBenchmark.has(name))
    .map((name) => compare(turns, `CPU of ${name}, µs/event`, (run) => cpuUs(run, name)))
    .filter(({ value }) => value >= all.value * leastShare);
  return [...measures, all, ...processes];
}

export type Verdict = 'met' | 'within the noise' | 'NOT MET';

/** A bound is missed only beyond the noise of the same build beside itself. @returns undefined without a bound */
export function verdictOf({ ratio, noise, atLeast, atMost }: Comparison): Verdict | undefined {
  if (atLeast === undefined && atMost === undefined) return undefined;
  const beyond = atLeast === undefined ? ratio.median - (atMost ?? Infinity) : atLeast - ratio.median;
  if (beyond <= 0) return 'met';
  return beyond <= Math.max(noise.to - 1, 1 - noise.from) ? 'within the noise' : 'NOT MET';
}

function compare(
  turns: readonly Turn[],
  measure: string,
  valueOf: (run: Run) => number,
  bound: Pick<Comparison, 'atLeast' | 'atMost'> = {},
): Comparison {
  const ratios = (toRatio: (turn: Turn) => number) => spreadOfMedian(turns.map(toRatio));
  return {
    measure,
    value: spreadOfMedian(turns.map((turn) => valueOf(turn.this))).median,
    otherValue: spreadOfMedian(turns.map((turn) => valueOf(turn.other))).median,
    ratio: ratios((turn) => valueOf(turn.this) / valueOf(turn.other)),
    noise: ratios((turn) => valueOf(turn.again) / valueOf(turn.this)),
    ...bound,
  };
}

function isThroughput(measure: string): boolean {
  return measure.endsWith('/s');
}

function allCpuUs(run: Run): number {
  return Object.keys(run.usage).reduce((sum, name) => sum + (ofTheBenchmark.has(name) ? 0 : cpuUs(run, name)), 0);
}

function cpuUs({ usage, events }: Run, name: string): number {
  return ((usage[name]?.cpuS ?? NaN) / events) * 1e6;
}
