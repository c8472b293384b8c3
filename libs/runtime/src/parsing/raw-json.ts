import { endOfString } from './json-nesting.js';

/**
 * Finds the members of JSON text as slices of the text, so that `data` reaches subscribers byte for byte: numbers
 * beyond 2^53, the order of keys and white space stay as they are, and no value is encoded again.
 *
 * All functions expect text that JSON.parse accepts. No function recurses.
 */

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The number of characters that are walked one by one, which is fastest for short values. A search takes a fifth of the
 * time of a longer walk.
 */
const longestWalk = 32;
const structure = /["[\]{}]/g;
const scalarEnd = /[,\]} \n\r\t]/g;
const notBlank = /[^ \n\r\t]/g;

/** The members of an object by decoded key. Of several duplicates the last one counts, also for the order. */
export function membersOf(text: string): Map<string, string> {
  return membersAt(text, skipBlanks(text, 0)).members;
}

/** The members of an object within the text, and the end of the object. @param start index of the object's brace */
export function membersAt(text: string, start: number): { members: Map<string, string>; end: number } {
  const members = new Map<string, string>();
  const end = walkMembers(text, start, (key, from) => {
    const to = endOfValue(text, from);
    members.delete(key);
    members.set(key, text.slice(from, to));
    return to;
  });
  return { members, end };
}

/** Calls `visit` with the decoded key and the value of each member, duplicates included, in the order of the text. */
export function eachMember(text: string, visit: (key: string, value: string) => void): void {
  walkMembers(text, skipBlanks(text, 0), (key, from) => {
    const to = endOfValue(text, from);
    visit(key, text.slice(from, to));
    return to;
  });
}

/**
 * Walks through the members of an object.
 *
 * @param start index of the object's brace
 * @param walk gets the decoded key of a member and the start of its value, and returns the end of the value. A caller
 *   that reads the value itself thus walks through it only once
 * @returns the end of the object
 */
export function walkMembers(text: string, start: number, walk: (key: string, from: number) => number): number {
  let at = skipBlanks(text, start + 1);
  while (text.charCodeAt(at) !== closeBrace) {
    const keyEnd = endOfString(text, at);
    const from = skipBlanks(text, skipBlanks(text, keyEnd) + 1);
    at = skipComma(text, walk(keyIn(text, at, keyEnd), from));
  }
  return at + 1;
}

/** Walks through the elements of an array like `walkMembers`. @param start index of the array's bracket */
export function walkElements(text: string, start: number, walk: (from: number) => number): number {
  let at = skipBlanks(text, start + 1);
  while (text.charCodeAt(at) !== closeBracket) at = skipComma(text, walk(at));
  return at + 1;
}

/** @returns the end of the value that begins at `start` */
export function endOfValue(text: string, start: number): number {
  const code = text.charCodeAt(start);
  if (code === quote) return endOfString(text, start);
  if (code === openBrace || code === openBracket) return endOfContainer(text, start);
  return endOfScalar(text, start);
}

function endOfContainer(text: string, start: number): number {
  let depth = 0;
  let at = start;
  let walked = 0;
  do {
    const code = text.charCodeAt(at);
    walked += 1;
    if (code === quote) at = endOfString(text, at) - 1;
    else if (code === openBrace || code === openBracket) depth += 1;
    else if (code === closeBrace || code === closeBracket) depth -= 1;
    else if (walked > longestWalk) {
      at = find(structure, text, at) - 1;
      walked = 0;
    }
    at += 1;
  } while (depth > 0);
  return at;
}

function endOfScalar(text: string, start: number): number {
  for (let at = start; at < start + longestWalk; at += 1)
    if (at >= text.length || endsScalar(text.charCodeAt(at))) return at;
  return find(scalarEnd, text, start + longestWalk);
}

/** @returns the index of the first match; the length of the text if there is no match */
function find(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex - 1 : text.length;
}

function endsScalar(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket || isBlank(code);
}

function skipComma(text: string, at: number): number {
  const next = skipBlanks(text, at);
  return text.charCodeAt(next) === comma ? skipBlanks(text, next + 1) : next;
}

function skipBlanks(text: string, start: number): number {
  for (let at = start; at < start + longestWalk; at += 1) if (!isBlank(text.charCodeAt(at))) return at;
  return find(notBlank, text, start + longestWalk);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** The same as JSON.parse, but faster for strings: most strings only lose their quotes. */
export function parseValue(text: string): unknown {
  return text.charCodeAt(0) === quote ? decodeString(text) : JSON.parse(text);
}

function decodeString(text: string): string {
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

/** The key between these quotes. */
function keyIn(text: string, start: number, end: number): string {
  const key = text.slice(start + 1, end - 1);
  return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
}

/** Adds a member at the end of a non-empty object. */
export function withMember(object: string, key: string, value: string): string {
  return `${object.slice(0, -1)},${JSON.stringify(key)}:${value}}`;
}
