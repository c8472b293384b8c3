/** Why a pattern would cost Postgres too much. */
export type RegexFault = 'condition.backReference' | 'condition.tooCostly';

/**
 * Postgres copies the part that a bound such as `{250}` repeats, so that a short pattern can become a large automaton,
 * which each of its processes keeps. The number of characters times the product of all bounds is never below the
 * automaton's size.
 */
const costMax = 4_096;
/** Bounds of an ARE, and of a BRE, in which the braces are escaped. */
const bounds = /\{(\d+)(,\d*)?\\?\}/g;

/**
 * A back reference makes Postgres try every way to match, which takes exponential time.
 *
 * @returns undefined for an allowed pattern
 */
export function regexFaultOf(pattern: string): RegexFault | undefined {
  for (const [, escaped = ''] of pattern.matchAll(/\\(.)/gsu)) {
    if (/[1-9]/.test(escaped)) return 'condition.backReference';
  }
  let cost = pattern.length;
  for (const [, least = '', range] of pattern.matchAll(bounds)) {
    const most = range === undefined || range === ',' ? Number(least) : Number(range.slice(1));
    cost *= Math.max(most, 1);
  }
  return cost > costMax ? 'condition.tooCostly' : undefined;
}
