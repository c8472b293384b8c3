import { deepestNesting, endOfString, occurMoreThan } from './json-nesting.js';

/** A value has at least one character, and a comma or a bracket next to it. */
const charactersPerValue = 2;

/** The default limit on the values of a body: `JSON.parse` takes at most 100 ms for 5 MiB with this many values. */
export const defaultJsonValues = 50_000;

/** Whether a document of `length` characters or bytes is long enough to hold more than `most` values. */
export function canHoldMoreValues(most: number, length: number): boolean {
  return length > most * charactersPerValue;
}

/**
 * Checks a document before it is parsed. The document need not be JSON.
 *
 * @returns `tooManyValues` when it holds more than `most` values, `tooDeep` when it nests deeper than 1,000 before that
 *   many values are counted; undefined for any other document
 */
export function jsonExcessOf(most: number, text: string): 'tooManyValues' | 'tooDeep' | undefined {
  if (!canHoldMoreValues(most, text.length)) return undefined;
  // Most long documents have fewer commas and opening brackets, including those in strings. Counting these characters
  // takes a tenth of the time of counting the values.
  if (!occurMoreThan(most - 1, text, ',[{')) return undefined;
  const values = countJsonValues(text, most);
  if (values === 'tooDeep') return 'tooDeep';
  return values > most ? 'tooManyValues' : undefined;
}

/**
 * Counts the values of a document before it is parsed. The document need not be JSON. Each scalar, list and object counts
 * as one, names do not count, and an empty list or object counts as two.
 *
 * @param most where to stop counting
 * @returns `tooDeep` when the document nests deeper than 1,000 before that many values are counted
 */
export function countJsonValues(text: string, most: number): number | 'tooDeep' {
  // A search takes a fifth of the time of a loop, because most characters belong to strings or numbers.
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
      if (depth > deepestNesting) return 'tooDeep';
    } else depth -= 1;
  }
  return count;
}
