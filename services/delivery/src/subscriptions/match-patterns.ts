import { addAll } from './one-or-many.js';
import { createNameReader } from './name-words.js';
import { hasChildren, type PatternNode } from './pattern-tree.js';
import { anyWordsNumber, type Vocabulary } from './vocabulary.js';

/**
 * Adds the owners of all patterns below the root that the name matches.
 *
 * @param mostSteps the walk gives up after this number of steps; a step takes some nanoseconds
 * @returns false when the walk gave up
 */
export type MatchPatterns<T extends object> = (
  root: PatternNode<T>,
  name: string,
  found: Set<T>,
  mostSteps: number,
) => boolean;

/** Passed as `least`: begin at the positions that a row has reached, rather than at a given position. */
const reachedOnes = -1;

/**
 * Walks through the tree once per name. A row of bits tells the positions of the name that a pattern can have reached, so that the walk
 * visits a node once, however many `#` lead to the node. Words are compared at 32 positions at a time, until no position is left. Before a `#`
 * only the first match counts, because `#` reaches all later positions. Nodes that no position leads to are not visited.
 */
export function createMatchPatterns<T extends object>(vocabulary: Vocabulary): MatchPatterns<T> {
  const reader = createNameReader(vocabulary);
  // The words of the name, as variables: reading the members of an object for every step takes longer.
  let { length, width, numbers, rows, positions } = reader.read('');
  reader.forget();
  /** A row for each depth of the walk: the positions that are reached at this depth. */
  let reached = new Int32Array(64);
  let steps = 0;
  let most = 0;

  function rowOf(number = 0): number {
    return rows[number] ?? 0;
  }

  function walk({ first, byWord }: PatternNode<T>, from: number, found: Set<T>): void {
    if (byWord === undefined)
      for (let child = first; child !== undefined; child = child.next) visit(child, from, found);
    else if (byWord.size <= numbers.length) for (const child of byWord.values()) visit(child, from, found);
    else {
      visitIfAny(byWord.get(anyWordsNumber), from, found);
      steps += numbers.length;
      for (const number of numbers) if (isFollowedBy(number, from)) visitIfAny(byWord.get(number), from, found);
    }
  }

  function visitIfAny(node: PatternNode<T> | undefined, from: number, found: Set<T>): void {
    if (node !== undefined) visit(node, from, found);
  }

  function visit(node: PatternNode<T>, from: number, found: Set<T>): void {
    steps += 1;
    if (steps > most) return;
    const to = from + width;
    if (to + width > reached.length) grow();
    const { word, rest, owners } = node;
    if (!(word === anyWordsNumber ? fillFrom(firstPosition([], 0, 0, from, reachedOnes), to) : step(word, from, to)))
      return;
    if (!hasChildren(node)) {
      if (owners !== undefined && isEnd(rest, to)) addAll(found, owners);
      return;
    }
    if (!passWords(rest, to)) return;
    if (owners !== undefined && isReached(to, length)) addAll(found, owners);
    walk(node, to, found);
  }

  /** Whether the word of a number follows a reached position. This check is faster than a look-up in a map with many children. */
  function isFollowedBy(number: number, from: number): boolean {
    const row = rowOf(number);
    for (let part = 0; part < width; part += 1)
      if (((reached[from + part] ?? 0) & (positions[row + part] ?? 0)) !== 0) return true;
    return false;
  }

  function isReached(from: number, position: number): boolean {
    return ((reached[from + (position >>> 5)] ?? 0) & (1 << (position & 31))) !== 0;
  }

  /**
   * Whether the words lead from a reached position to the end of the name. The words after the last `#` are checked first, because they can
   * match only at the end.
   */
  function isEnd(words: readonly number[], from: number): boolean {
    const start = words.lastIndexOf(anyWordsNumber) + 1;
    const last = length - (words.length - start);
    if (last < 0 || !standsAt(words, start, last)) return false;
    return start === 0 ? isReached(from, last) : skip(words, start, from) <= last;
  }

  /** Whether all words from index `start` on follow one another in the name, beginning at the position. */
  function standsAt(words: readonly number[], start: number, position: number): boolean {
    for (let at = start; at < words.length; at += 1) {
      steps += 1;
      const here = position + at - start;
      if (((positions[rowOf(words[at]) + (here >>> 5)] ?? 0) & (1 << (here & 31))) === 0) return false;
    }
    return true;
  }

  /** Moves the positions of a row past the words. @returns whether any position is left */
  function passWords(words: readonly number[], row: number): boolean {
    const start = words.lastIndexOf(anyWordsNumber) + 1;
    if (start > 0 && !fillFrom(skip(words, start, row), row)) return false;
    for (let at = start; at < words.length; at += 1) if (!step(words[at], row, row)) return false;
    return true;
  }

  /** Sets the bits of a row from a position to the end of the name. @returns whether any bit is set */
  function fillFrom(least: number, row: number): boolean {
    clear(reached, row);
    for (let part = least >>> 5; part << 5 <= length; part += 1) reached[row + part] = positionsFrom(part, 0, least);
    reached[row + (length >>> 5)] = (reached[row + (length >>> 5)] ?? 0) & ((2 << (length & 31)) - 1);
    return least <= length;
  }

  /** Writes the positions after a word into a row, from the positions of another row. @returns whether any position is left */
  function step(number: number | undefined, from: number, to: number): boolean {
    const row = rowOf(number);
    if (row === 0) return false;
    steps += width;
    let carried = 0;
    let any = 0;
    for (let part = 0; part < width; part += 1) {
      const here = (reached[from + part] ?? 0) & (positions[row + part] ?? 0);
      reached[to + part] = (here << 1) | carried;
      carried = here >>> 31;
      any |= here;
    }
    return any !== 0;
  }

  /**
   * @param end the index after a `#`
   * @returns the first position after the words before index `end`; a position beyond the name when they do not match
   */
  function skip(words: readonly number[], end: number, from: number): number {
    let least = reachedOnes;
    for (let start = 0; start < end && least <= length;) {
      const stop = words.indexOf(anyWordsNumber, start);
      least = firstPosition(words, start, stop, from, least) + stop - start;
      start = stop + 1;
    }
    return least;
  }

  /** @returns the first position at which the words from `start` to before `end` match; a position beyond the name when none matches */
  function firstPosition(words: readonly number[], start: number, end: number, from: number, least: number): number {
    for (let part = Math.max(least, 0) >>> 5; part << 5 <= length; part += 1) {
      const here = positionsWhere(words, start, end, part, positionsFrom(part, from, least));
      if (here !== 0) return (part << 5) + 31 - Math.clz32(here & -here);
    }
    return length + 1;
  }

  /**
   * A part is 32 positions.
   *
   * @returns the bits of its reached positions or, when `least` is a position, of all positions from `least` on
   */
  function positionsFrom(part: number, from: number, least: number): number {
    if (least === reachedOnes) return reached[from + part] ?? 0;
    return part === least >>> 5 ? -1 << (least & 31) : -1;
  }

  /** Keeps those bits of a part at whose positions the words from index `start` to before `end` match. */
  function positionsWhere(words: readonly number[], start: number, end: number, part: number, bits: number): number {
    // Local variables, because reading the outer variables again for every word took a fifth longer.
    const cells = positions;
    const starts = rows;
    let left = bits;
    let at = start;
    for (let position = part << 5; at < end && left !== 0; at += 1, position += 1) {
      const cell = (starts[words[at] ?? 0] ?? 0) + (position >>> 5);
      const shift = position & 31;
      left &= ((cells[cell] ?? 0) >>> shift) | (((cells[cell + 1] ?? 0) << 1) << (31 - shift));
    }
    steps += at - start;
    return left;
  }

  function clear(integers: Int32Array, row: number): void {
    for (let cell = row; cell < row + width; cell += 1) integers[cell] = 0;
  }

  function grow(): void {
    const before = reached;
    reached = new Int32Array(2 * before.length);
    reached.set(before);
  }

  return (root, name, found, mostSteps) => {
    ({ length, width, numbers, rows, positions } = reader.read(name));
    steps = 0;
    most = mostSteps;
    while (reached.length < 2 * width) grow();
    clear(reached, 0);
    reached[0] = 1;
    walk(root, 0, found);
    reader.forget();
    return steps <= most;
  };
}
