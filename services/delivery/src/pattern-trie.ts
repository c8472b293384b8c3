import { anyWords, oneWord } from '@callbus/contracts/pattern';
import { withOne, withoutOne, type OneOrMany } from './one-or-many.js';

/**
 * A word of patterns, below the words before it; the root has none. It takes 56 bytes beside its word. With a map for its children
 * and a set for its owners it took 400, and most have one child and no owner.
 */
export interface PatternNode<T extends object> {
  readonly word: string;
  /** The first of a list, or all by their words once they are many. */
  children: PatternNode<T> | Map<string, PatternNode<T>> | undefined;
  next: PatternNode<T> | undefined;
  /** Whose pattern ends here. */
  owners: OneOrMany<T> | undefined;
}

const longestList = 8;

export function createPatternNode<T extends object>(word = ''): PatternNode<T> {
  return { word, children: undefined, next: undefined, owners: undefined };
}

export function addPattern<T extends object>(root: PatternNode<T>, pattern: string, owner: T): void {
  let node = root;
  for (const word of wordsOf(pattern)) node = childOf(node, word) ?? addChild(node, createPatternNode(word));
  node.owners = withOne(node.owners, owner);
}

/** Takes out exactly what was added. */
export function removePattern<T extends object>(root: PatternNode<T>, pattern: string, owner: T): void {
  removeBelow(root, wordsOf(pattern), 0, owner);
}

/** A pattern's words in one form for all patterns of the same meaning: `#.#` is `#`, and `#.*` is `*.#`. */
function wordsOf(pattern: string): string[] {
  const words: string[] = [];
  let hasAnyWords = false;
  for (const word of pattern.split('.')) {
    if (word === anyWords) {
      hasAnyWords = true;
      continue;
    }
    if (hasAnyWords && word !== oneWord) {
      words.push(anyWords);
      hasAnyWords = false;
    }
    words.push(word);
  }
  if (hasAnyWords) words.push(anyWords);
  return words;
}

function childOf<T extends object>({ children }: PatternNode<T>, word: string): PatternNode<T> | undefined {
  if (children instanceof Map) return children.get(word);
  let child = children;
  while (child !== undefined && child.word !== word) child = child.next;
  return child;
}

function addChild<T extends object>(node: PatternNode<T>, child: PatternNode<T>): PatternNode<T> {
  const { children } = node;
  if (children instanceof Map) children.set(child.word, child);
  else {
    child.next = children;
    node.children = isLong(child) ? byWord(child) : child;
  }
  return child;
}

function isLong<T extends object>(first: PatternNode<T>): boolean {
  let length = 0;
  for (let node: PatternNode<T> | undefined = first; node !== undefined; node = node.next) length += 1;
  return length > longestList;
}

function byWord<T extends object>(first: PatternNode<T>): Map<string, PatternNode<T>> {
  const children = new Map<string, PatternNode<T>>();
  for (let node: PatternNode<T> | undefined = first; node !== undefined; node = node.next)
    children.set(node.word, node);
  for (const child of children.values()) child.next = undefined;
  return children;
}

function removeBelow<T extends object>(node: PatternNode<T>, words: readonly string[], depth: number, owner: T): void {
  const word = words[depth];
  if (word === undefined) {
    node.owners = withoutOne(node.owners, owner);
    return;
  }
  const child = childOf(node, word);
  if (child === undefined) return;
  removeBelow(child, words, depth + 1, owner);
  if (child.children === undefined && child.owners === undefined) removeChild(node, child);
}

function removeChild<T extends object>(node: PatternNode<T>, child: PatternNode<T>): void {
  const { children } = node;
  if (children instanceof Map) {
    children.delete(child.word);
    if (children.size === 0) node.children = undefined;
  } else if (children === child) node.children = child.next;
  else {
    let before = children;
    while (before !== undefined && before.next !== child) before = before.next;
    if (before !== undefined) before.next = child.next;
  }
}
