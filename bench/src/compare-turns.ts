import { spreadOfMedian, type MedianSpread } from './quantiles.js';
import type { Run } from './runs.js';

/** This build, the other one, and this build once more: two buses of one build differ by what the machine does to them. */
export type Side = 'this' | 'other' | 'again';

/** What one work showed in one turn. */
export type Turn = Readonly<Record<Side, Run>>;

/** One measure of this build against the other's, and of this build against itself. */
export interface Comparison {
  readonly measure: string;
  /** In the unit of the measure, the medians of all turns. */
  readonly value: number;
  readonly otherValue: number;
  /** Of the turns' ratios, this build to the other. */
  readonly ratio: MedianSpread;
  /** Of the turns' ratios, this build to this build. */
  readonly noise: MedianSpread;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What a change may cost. */
const leastThroughput = 0.95;
const mostCpu = 1.03;

/** Programs of the benchmark: what they use is not the bus's. */
const ofTheBenchmark = new Set(['load', 'receiver']);
/** A process below this share of all CPU has too few of the kernel's ticks in a turn for a ratio. */
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

/** A bound holds beyond what the same build shows beside itself. @returns undefined where nothing is asked for */
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
