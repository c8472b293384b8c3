const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** For deeper documents JSON.parse takes seconds, and recursive code overflows its stack. Most parsers refuse them. */
export const deepestNesting = 1_000;

/** Whether a text nests objects and arrays deeper than `limit`. The text need not be JSON. Does not recurse. */
export function nestsDeeperThan(limit: number, text: string): boolean {
  // Most texts are shorter, or have fewer opening brackets than `limit`, including the brackets in strings. Counting them
  // takes a sixth of the time of a walk through the text.
  if (text.length <= limit || !occurMoreThan(limit, text, '{[')) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at) - 1;
    else if (code === openBrace || code === openBracket) depth += 1;
    else if (code === closeBrace || code === closeBracket) depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}

/** Whether these characters occur more than `limit` times in total. */
export function occurMoreThan(limit: number, text: string, characters: string): boolean {
  let count = 0;
  for (const character of characters) {
    for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) {
      count += 1;
      if (count > limit) return true;
    }
  }
  return false;
}

/**
 * The number of characters that are walked one by one after an escape: escapes come in groups, in which a walk is faster
 * than a search for each.
 */
const walkedAfterEscape = 64;

/**
 * @param start of the string's opening quote
 * @returns the index after its closing quote; the text's length when the string does not end
 */
export function endOfString(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const end = text.indexOf('"', from);
    if (end === -1) return text.length;
    if (!isEscaped(text, from, end)) return end + 1;
    let at = end + 1;
    const walkTo = Math.min(at + walkedAfterEscape, text.length);
    while (at < walkTo) {
      const code = text.charCodeAt(at);
      if (code === quote) return at + 1;
      at += code === backslash ? 2 : 1;
    }
    from = at;
  }
}

/** @param from an index whose character is not escaped */
function isEscaped(text: string, from: number, at: number): boolean {
  let before = at - 1;
  while (before >= from && text.charCodeAt(before) === backslash) before -= 1;
  return (at - before) % 2 === 0;
}
