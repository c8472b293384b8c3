import { deepestNesting, endOfString, occurMoreThan } from './json-nesting.js';

/** A value takes a character at least, and a comma or a bracket beside it. */
const charactersPerValue = 2;

/** What a body may hold unless a setting says otherwise: `JSON.parse` takes no more than 100 ms for 5 MiB of so many values. */
export const defaultJsonValues = 50_000;

/** Whether a document of so many characters, or bytes, is long enough to hold more values than `most`. */
export function canHoldMoreValues(most: number, length: number): boolean {
  return length > most * charactersPerValue;
}

/**
 * Whether a document, JSON or not, holds more values than `most`, as `countJsonValues` counts them.
 *
 * @returns `nesting` when more than 1,000 objects and lists are open at once before so many values have come
 */
export function holdsMoreValues(most: number, text: string): boolean | 'nesting' {
  if (!canHoldMoreValues(most, text.length)) return false;
  // Most long documents have fewer commas and brackets, in strings or not, and that is found out in a tenth of the time.
  if (!occurMoreThan(most - 1, text, ',[{')) return false;
  const values = countJsonValues(text, most);
  return values === 'nesting' ? values : values > most;
}

/**
 * Counts the values of a document, JSON or not, before it is parsed: each scalar, list and object is one, and names are none. An
 * empty list or object counts as two.
 *
 * @param most where to stop counting
 * @returns `nesting` when more than 1,000 objects and lists are open at once before so many values have come
 */
export function countJsonValues(text: string, most: number): number | 'nesting' {
  // A search takes a fifth of the time of a loop, since most characters lie within strings or numbers.
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
