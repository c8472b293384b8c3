import { deepestNesting } from './json-nesting.js';

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** A value takes a byte at least, and a comma or a bracket beside it. */
const bytesPerValue = 2;

/** What a body may hold unless a setting says otherwise: `JSON.parse` takes no more than 100 ms for 5 MiB of so many values. */
export const defaultJsonValues = 50_000;

/** Whether a document of so many bytes is long enough to hold more values than `most`. */
export function canHoldMoreValues(most: number, bytes: number): boolean {
  return bytes > most * bytesPerValue;
}

/**
 * Counts the values of a document, JSON or not, before it is parsed: each scalar, list and object is one, and names are none. An
 * empty list or object counts as two. Goes through the bytes, which takes half as long as going through the text.
 *
 * @param most where to stop counting
 * @returns `nesting` when more than 1,000 objects and lists are open at once before so many values have come
 */
export function countJsonValues(body: Uint8Array, most: number): number | 'nesting' {
  const { length } = body;
  let count = 1;
  let depth = 0;
  for (let at = 0; at < length && count <= most; at += 1) {
    const byte = body[at];
    if (byte === quote) at = endOfString(body, at + 1);
    else if (byte === comma) count += 1;
    else if (byte === openBracket || byte === openBrace) {
      count += 1;
      depth += 1;
      if (depth > deepestNesting) return 'nesting';
    } else if (byte === closeBracket || byte === closeBrace) depth -= 1;
  }
  return count;
}

/** @returns the index of the closing quote, or beyond the last byte */
function endOfString(body: Uint8Array, start: number): number {
  let at = start;
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
}
