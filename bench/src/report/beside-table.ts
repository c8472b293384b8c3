import type { BesideResult } from '../beside.js';
import { verdictOf, type Comparison, type Side } from '../compare-turns.js';
import type { MedianSpread } from '../quantiles.js';
import { formatNumber } from '../runs.js';
import { toTable } from './tables.js';

/** The comparison of a case with another build. */
export function besideTable({ comparisons }: BesideResult): string {
  const head = ['', 'measure', 'this', 'other', 'this / other', '95 %', 'this / this', '95 %', 'bound', ''];
  return toTable(
    head,
    Object.entries(comparisons).flatMap(([work, compared]) => compared.map((each) => [work, ...rowOf(each)])),
  );
}

function rowOf(comparison: Comparison): string[] {
  const { measure, value, otherValue, ratio, noise } = comparison;
  return [
    measure,
    formatNumber(value),
    formatNumber(otherValue),
    ...spreadCells(ratio),
    ...spreadCells(noise),
    boundOf(comparison),
    verdictOf(comparison) ?? '',
  ];
}

function spreadCells({ median, from, to }: MedianSpread): [string, string] {
  return [toRatio(median), `${toRatio(from)} to ${toRatio(to)}`];
}

function boundOf({ atLeast, atMost }: Comparison): string {
  if (atLeast !== undefined) return `at least ${toRatio(atLeast)}`;
  return atMost === undefined ? '' : `at most ${toRatio(atMost)}`;
}

/** Thousandths, because the bounds are hundredths. */
function toRatio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : '–';
}

/** One line per side: how many of its events were lost, repeated, or not accepted. */
export function countsOf({ runs }: BesideResult): string {
  const sides: readonly Side[] = ['this', 'other', 'again'];
  return sides
    .map((side) => {
      const played = runs.filter((each) => each.side === side).map(({ run }) => run);
      const sum = (count: 'events' | 'lost' | 'repeated' | 'failed') =>
        played.reduce((total, run) => total + run[count], 0);
      return `${side}: ${sum('events')} events, ${sum('lost')} lost, ${sum('repeated')} repeated, ${sum('failed')} not accepted`;
    })
    .join('\n');
}
