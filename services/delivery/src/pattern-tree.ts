import { withOne, withoutOne, type OneOrMany } from './one-or-many.js';

/**
 * A radix tree of patterns, word by word: patterns share a node for the words that they have in common. Patterns have mostly words of
 * their own behind a few that they share, and as a node each of them took ten times the memory.
 */
export interface PatternNode<T extends object> {
  /** Numbers of the words that follow on those of the parent; the root has none. Children differ in the first. */
  words: readonly number[];
  /** The first child, where they are few. */
  first: PatternNode<T> | undefined;
  /** The next child of the same parent. */
  next: PatternNode<T> | undefined;
  /** The children by their first words, once they are many. */
  byWord: Map<number, PatternNode<T>> | undefined;
  /** Whose pattern ends here. */
  owners: OneOrMany<T> | undefined;
}

const longestList = 8;

export function createPatternRoot<T extends object>(): PatternNode<T> {
  return createNode([]);
}

function createNode<T extends object>(words: readonly number[]): PatternNode<T> {
  return { words, first: undefined, next: undefined, byWord: undefined, owners: undefined };
}

export function addPattern<T extends object>(root: PatternNode<T>, words: readonly number[], owner: T): void {
  let node = root;
  for (let depth = 0; depth < words.length;) {
    const child = childOf(node, words[depth]) ?? addChild(node, createNode(words.slice(depth)));
    const shared = sharedBy(child, words, depth);
    if (shared < child.words.length) split(child, shared);
    depth += shared;
    node = child;
  }
  node.owners = withOne(node.owners, owner);
}

/** Takes out exactly what was added. */
export function removePattern<T extends object>(root: PatternNode<T>, words: readonly number[], owner: T): void {
  removeBelow(root, words, 0, owner);
}

function removeBelow<T extends object>(node: PatternNode<T>, words: readonly number[], depth: number, owner: T): void {
  if (depth === words.length) {
    node.owners = withoutOne(node.owners, owner);
    return;
  }
  const child = childOf(node, words[depth]);
  if (child === undefined || sharedBy(child, words, depth) < child.words.length) return;
  removeBelow(child, words, depth + child.words.length, owner);
  if (child.owners !== undefined) return;
  if (hasChildren(child)) joinOnlyChild(child);
  else removeChild(node, child);
}

export function hasChildren<T extends object>(node: PatternNode<T>): boolean {
  return node.first !== undefined || node.byWord !== undefined;
}

function childOf<T extends object>({ first, byWord }: PatternNode<T>, word = -1): PatternNode<T> | undefined {
  if (byWord !== undefined) return byWord.get(word);
  let child = first;
  while (child !== undefined && child.words[0] !== word) child = child.next;
  return child;
}

/** How many words of a node are those from a depth on. */
function sharedBy<T extends object>(node: PatternNode<T>, words: readonly number[], depth: number): number {
  let shared = 0;
  while (shared < node.words.length && node.words[shared] === words[depth + shared]) shared += 1;
  return shared;
}

/** Makes two nodes of one: its first words, and below them the others with all that is the node's. */
function split<T extends object>(node: PatternNode<T>, at: number): void {
  const lower: PatternNode<T> = { ...node, words: node.words.slice(at), next: undefined };
  node.words = node.words.slice(0, at);
  node.first = lower;
  node.byWord = undefined;
  node.owners = undefined;
}

function joinOnlyChild<T extends object>(node: PatternNode<T>): void {
  const [only, another] = node.byWord?.values() ?? [node.first, node.first?.next];
  if (only === undefined || another !== undefined) return;
  node.words = [...node.words, ...only.words];
  node.first = only.first;
  node.byWord = only.byWord;
  node.owners = only.owners;
}

function addChild<T extends object>(node: PatternNode<T>, child: PatternNode<T>): PatternNode<T> {
  if (node.byWord !== undefined) node.byWord.set(firstWordOf(child), child);
  else {
    child.next = node.first;
    node.first = child;
    if (isLong(child)) listByWord(node);
  }
  return child;
}

function firstWordOf<T extends object>({ words: [word = -1] }: PatternNode<T>): number {
  return word;
}

function isLong<T extends object>(first: PatternNode<T>): boolean {
  let length = 0;
  for (let node: PatternNode<T> | undefined = first; node !== undefined; node = node.next) length += 1;
  return length > longestList;
}

function listByWord<T extends object>(node: PatternNode<T>): void {
  node.byWord = new Map();
  for (let child = node.first; child !== undefined; child = child.next) node.byWord.set(firstWordOf(child), child);
  for (const child of node.byWord.values()) child.next = undefined;
  node.first = undefined;
}

function removeChild<T extends object>(node: PatternNode<T>, child: PatternNode<T>): void {
  if (node.byWord !== undefined) {
    node.byWord.delete(firstWordOf(child));
    if (node.byWord.size === 0) node.byWord = undefined;
  } else if (node.first === child) node.first = child.next;
  else {
    let before = node.first;
    while (before !== undefined && before.next !== child) before = before.next;
    if (before !== undefined) before.next = child.next;
  }
}
