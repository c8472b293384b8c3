import { anyWords, oneWord } from '@callbus/contracts/pattern';
import { withOne, withoutOne, type OneOrMany } from './one-or-many.js';

/** A word of patterns, below the words before it; the root has none. */
export interface PatternNode<T extends object> {
  readonly word: string;
  /**
   * The words that follow on this one in the only pattern that comes here; there are no children then. Patterns have mostly words of
   * their own behind a few that they share, and as a node each of them took ten times the memory.
   */
  rest: readonly string[] | undefined;
  /** The first child, where they are few. */
  first: PatternNode<T> | undefined;
  /** The next child of the same parent. */
  next: PatternNode<T> | undefined;
  /** The children, once they are many. */
  byWord: Map<string, PatternNode<T>> | undefined;
  /** Whose pattern ends here, or with the rest. */
  owners: OneOrMany<T> | undefined;
}

const longestList = 8;

export function createPatternRoot<T extends object>(): PatternNode<T> {
  return createNode('', []);
}

function createNode<T extends object>(word: string, rest: readonly string[]): PatternNode<T> {
  return {
    word,
    rest: rest.length === 0 ? undefined : rest,
    first: undefined,
    next: undefined,
    byWord: undefined,
    owners: undefined,
  };
}

export function addPattern<T extends object>(root: PatternNode<T>, pattern: string, owner: T): void {
  const words = wordsOf(pattern);
  let node = root;
  for (let depth = 0; !endsAt(node, words, depth); depth += 1) {
    if (node.rest !== undefined) splitOff(node, node.rest);
    const word = words[depth];
    if (word === undefined) break;
    node = childOf(node, word) ?? addChild(node, createNode(word, words.slice(depth + 1)));
  }
  node.owners = withOne(node.owners, owner);
}

/** Takes out exactly what was added. */
export function removePattern<T extends object>(root: PatternNode<T>, pattern: string, owner: T): void {
  removeBelow(root, wordsOf(pattern), 0, owner);
}

/** Whether the words from a depth on are all of what follows on a node of one pattern. */
function endsAt<T extends object>({ rest }: PatternNode<T>, words: readonly string[], depth: number): boolean {
  return (
    rest !== undefined && rest.length === words.length - depth && rest.every((word, at) => word === words[depth + at])
  );
}

/** A node gets its first child, since a second pattern comes to it. */
function splitOff<T extends object>(node: PatternNode<T>, [word = '', ...rest]: readonly string[]): void {
  const child = createNode<T>(word, rest);
  child.owners = node.owners;
  node.owners = undefined;
  node.rest = undefined;
  addChild(node, child);
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

export function hasChildren<T extends object>(node: PatternNode<T>): boolean {
  return node.first !== undefined || node.byWord !== undefined;
}

function childOf<T extends object>({ first, byWord }: PatternNode<T>, word: string): PatternNode<T> | undefined {
  if (byWord !== undefined) return byWord.get(word);
  let child = first;
  while (child !== undefined && child.word !== word) child = child.next;
  return child;
}

function addChild<T extends object>(node: PatternNode<T>, child: PatternNode<T>): PatternNode<T> {
  if (node.byWord !== undefined) node.byWord.set(child.word, child);
  else {
    child.next = node.first;
    node.first = child;
    if (isLong(child)) listByWord(node);
  }
  return child;
}

function isLong<T extends object>(first: PatternNode<T>): boolean {
  let length = 0;
  for (let node: PatternNode<T> | undefined = first; node !== undefined; node = node.next) length += 1;
  return length > longestList;
}

function listByWord<T extends object>(node: PatternNode<T>): void {
  node.byWord = new Map();
  for (let child = node.first; child !== undefined; child = child.next) node.byWord.set(child.word, child);
  for (const child of node.byWord.values()) child.next = undefined;
  node.first = undefined;
}

function removeBelow<T extends object>(node: PatternNode<T>, words: readonly string[], depth: number, owner: T): void {
  const word = words[depth];
  if (word === undefined || endsAt(node, words, depth)) {
    node.owners = withoutOne(node.owners, owner);
    return;
  }
  const child = childOf(node, word);
  if (child === undefined) return;
  removeBelow(child, words, depth + 1, owner);
  if (child.owners === undefined && !hasChildren(child)) removeChild(node, child);
}

function removeChild<T extends object>(node: PatternNode<T>, child: PatternNode<T>): void {
  if (node.byWord !== undefined) {
    node.byWord.delete(child.word);
    if (node.byWord.size === 0) node.byWord = undefined;
  } else if (node.first === child) node.first = child.next;
  else {
    let before = node.first;
    while (before !== undefined && before.next !== child) before = before.next;
    if (before !== undefined) before.next = child.next;
  }
}
