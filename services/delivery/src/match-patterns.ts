import { anyWords, oneWord } from '@callbus/contracts/pattern';
import { addAll } from './one-or-many.js';
import type { PatternNode } from './pattern-trie.js';

/** Adds the owners of all patterns below the root that the name matches. */
export type MatchPatterns<T extends object> = (root: PatternNode<T>, name: string, found: Set<T>) => void;

const fewWords = 8;

/**
 * Walks through the trie once for all places of the name: a bit for each place, set where a pattern can have got to, so that a node is
 * visited once however many `#` lead to it, and costs a few operations for every 32 words. Not visited is what no place leads to.
 *
 * One matcher keeps its memory from name to name: allocating it took longer than the walk.
 */
export function createMatchPatterns<T extends object>(): MatchPatterns<T> {
  /** The words of the name, each once; wildcards are words of patterns only. */
  const words: string[] = [];
  /** Where each stands in `words`, for a name of so many that looking through them takes longer. */
  const rows = new Map<string, number>();
  /** A row for each of `words`: the places where it stands; before bit `n` stand `n` words. */
  let places = new Int32Array(64);
  /** A row for each depth of the walk: the places that it has reached. */
  let reached = new Int32Array(64);
  /** The integers of a row. */
  let width = 1;
  /** The place behind the last word: its bit in the last integer of a row, and all bits up to it. */
  let end = 0;
  let upToEnd = 0;

  function read(name: string): void {
    const all = name.split('.');
    width = (all.length >>> 5) + 1;
    end = 1 << (all.length & 31);
    upToEnd = end | (end - 1);
    words.length = 0;
    rows.clear();
    if (places.length < all.length * width) places = new Int32Array(all.length * width);
    for (let place = 0; place < all.length; place += 1) {
      const word = all[place] ?? '';
      if (word === oneWord || word === anyWords) continue;
      const row = rowOf(word) ?? addRow(word);
      const at = row * width + (place >>> 5);
      places[at] = (places[at] ?? 0) | (1 << (place & 31));
    }
  }

  function addRow(word: string): number {
    const row = words.push(word) - 1;
    places.fill(0, row * width, (row + 1) * width);
    if (words.length === fewWords + 1) for (const [index, each] of words.entries()) rows.set(each, index);
    else if (words.length > fewWords) rows.set(word, row);
    return row;
  }

  function rowOf(word: string): number | undefined {
    if (words.length > fewWords) return rows.get(word);
    for (let row = 0; row < words.length; row += 1) if (words[row] === word) return row;
    return undefined;
  }

  function walk({ first, byWord }: PatternNode<T>, depth: number, found: Set<T>): void {
    if (byWord === undefined)
      for (let child = first; child !== undefined; child = child.next) visit(child, depth, found);
    else if (byWord.size <= words.length) for (const child of byWord.values()) visit(child, depth, found);
    else {
      visitIfAny(byWord.get(oneWord), depth, found);
      visitIfAny(byWord.get(anyWords), depth, found);
      for (let row = 0; row < words.length; row += 1)
        if (stands(row, depth * width)) visitIfAny(byWord.get(words[row] ?? ''), depth, found);
    }
  }

  function visitIfAny(node: PatternNode<T> | undefined, depth: number, found: Set<T>): void {
    if (node !== undefined) visit(node, depth, found);
  }

  function visit(node: PatternNode<T>, parentDepth: number, found: Set<T>): void {
    let depth = parentDepth;
    if (!reach(node.word, depth)) return;
    depth += 1;
    if (node.rest !== undefined)
      for (const word of node.rest) {
        if (!reach(word, depth)) return;
        depth += 1;
      }
    const last = reached[(depth + 1) * width - 1] ?? 0;
    if (node.owners !== undefined && (last & end) !== 0) addAll(found, node.owners);
    walk(node, depth, found);
  }

  /** From the places of one depth to those of the next. @returns whether there are any */
  function reach(word: string, depth: number): boolean {
    const from = depth * width;
    if (from + 2 * width > reached.length) grow();
    if (word === anyWords) return skipAny(from);
    if (word === oneWord) return step(from, undefined);
    const row = rowOf(word);
    return row !== undefined && step(from, row);
  }

  /** Whether the word of a row stands at a place that is reached. A look into a map of many children takes longer. */
  function stands(row: number, from: number): boolean {
    for (let part = 0; part < width; part += 1)
      if (((reached[from + part] ?? 0) & (places[row * width + part] ?? 0)) !== 0) return true;
    return false;
  }

  /** @param row of the word that has to stand there; undefined for any word */
  function step(from: number, row: number | undefined): boolean {
    const to = from + width;
    let carried = 0;
    let any = 0;
    for (let part = 0; part < width; part += 1) {
      const here = (reached[from + part] ?? 0) & (row === undefined ? -1 : (places[row * width + part] ?? 0));
      let next = (here << 1) | carried;
      carried = here >>> 31;
      if (part === width - 1) next &= upToEnd;
      reached[to + part] = next;
      any |= next;
    }
    return any !== 0;
  }

  /** From the first place on to all behind it. */
  function skipAny(from: number): boolean {
    const to = from + width;
    let isBehind = false;
    for (let part = 0; part < width; part += 1) {
      const here = reached[from + part] ?? 0;
      const next = isBehind ? -1 : -(here & -here);
      isBehind ||= here !== 0;
      reached[to + part] = part === width - 1 ? next & upToEnd : next;
    }
    return isBehind;
  }

  function grow(): void {
    const before = reached;
    reached = new Int32Array(2 * before.length);
    reached.set(before);
  }

  return (root, name, found) => {
    read(name);
    while (reached.length < 2 * width) grow();
    reached.fill(0, 0, width);
    reached[0] = 1;
    walk(root, 0, found);
  };
}
