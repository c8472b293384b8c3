/**
 * Postgres copies the part that a bound such as `{250}` repeats, so that a short expression can become a large automaton,
 * which each process of Postgres keeps. The number of characters times the product of all bounds is never below the size
 * of the automaton.
 */
const costMax = 4_096;
/** Bounds of an advanced regular expression, and of a basic one, in which the braces are escaped. */
const bounds = /\{(\d+)(,\d*)?\\?\}/g;

/**
 * Why a regular expression would cost Postgres too much; undefined for an allowed one. A back reference makes Postgres
 * try every way to match, which takes exponential time.
 */
export function reasonToRefuse(pattern: string): 'condition.backReference' | 'condition.tooCostly' | undefined {
  for (const [, escaped = ''] of pattern.matchAll(/\\(.)/gsu)) {
    if (/[1-9]/.test(escaped)) return 'condition.backReference';
  }
  let cost = pattern.length;
  for (const [, least = '', range] of pattern.matchAll(bounds)) {
    const repetitions = range === undefined || range === ',' ? Number(least) : Number(range.slice(1));
    cost *= Math.max(repetitions, 1);
  }
  return cost > costMax ? 'condition.tooCostly' : undefined;
}
