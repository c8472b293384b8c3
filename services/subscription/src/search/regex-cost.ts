/** The work that a pattern means for Postgres. */
export type RegexFault = 'condition.backReference' | 'condition.tooCostly';

/**
 * Postgres copies what a bound such as `{250}` repeats, so a short pattern can become a large automaton, which each of its
 * processes keeps. Characters times the product of all bounds is more than it can come to.
 */
const costMax = 4_096;
/** Of ARE and of BRE, whose braces are escaped. */
const bounds = /\{(\d+)(,\d*)?\\?\}/g;

/** A back reference makes Postgres try every way to match, which takes exponential time. @returns undefined for a pattern that may be asked for */
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
