import { deepestNesting, endOfString, occurMoreThan } from './json-nesting.js';

/** A value takes at least one character, and a comma or a bracket beside it. */
const charactersPerValue = 2;

/** Default limit on the values of a body: `JSON.parse` takes at most 100 ms for 5 MiB with this many values. */
export const defaultJsonValues = 50_000;

/** Whether a document of `length` characters or bytes is long enough to hold more than `most` values. */
export function canHoldMoreValues(most: number, length: number): boolean {
  return length > most * charactersPerValue;
}

/**
 * Whether a document, JSON or not, holds more than `most` values, as `countJsonValues` counts them.
 *
 * @returns `nesting` when more than 1,000 objects and lists are open at once before that many values have come
 */
export function holdsMoreValues(most: number, text: string): boolean | 'nesting' {
  if (!canHoldMoreValues(most, text.length)) return false;
  // Most long documents have fewer commas and opening brackets, even with those in strings. Counting them takes a tenth
  // of the time.
  if (!occurMoreThan(most - 1, text, ',[{')) return false;
  const values = countJsonValues(text, most);
  return values === 'nesting' ? values : values > most;
}

/**
 * Counts the values of a document, JSON or not, before it is parsed. Each scalar, list and object counts as one, names
 * do not count, and an empty list or object counts as two.
 *
 * @param most where to stop counting
 * @returns `nesting` when more than 1,000 objects and lists are open at once before that many values have come
 */
export function countJsonValues(text: string, most: number): number | 'nesting' {
  // A search takes a fifth of the time of a loop, because most characters are inside strings or numbers.
  const next = /[",[\]{}]/g;
  let count = 1;
  let depth = 0;
  while (count <= most && next.test(text)) {
    const at = next.lastIndex - 1;
    const character = text[at];
    if (character === '"') next.lastIndex = endOfString(text, at);
    else if (character === ',') count += 1;
    else if (character === '[' || character === '{') {
      count += 1;
      depth += 1;
      if (depth > deepestNesting) return 'nesting';
    } else depth -= 1;
  }
  return count;
}
