import { withOne, withoutOne, type OneOrMany } from './one-or-many.js';
import { anyWordsNumber, oneWordNumber } from './vocabulary.js';

/**
 * A radix tree of patterns, with words as its letters. Patterns share nodes for the first words that they have in common. All words of a
 * pattern that no other pattern shares are one node, because a node per word took ten times the memory.
 */
export interface PatternNode<T extends object> {
  /** The number of the node's first word, which no sibling has; the root has no word. */
  readonly word: number;
  /** The numbers of the node's other words. */
  rest: readonly number[];
  /** The first child, while the children are few. */
  first: PatternNode<T> | undefined;
  /** The next child of the same parent. */
  next: PatternNode<T> | undefined;
  /** The children by their first words, once they are many. */
  byWord: Map<number, PatternNode<T>> | undefined;
  /** The owners of the pattern that ends at this node. */
  owners: OneOrMany<T> | undefined;
}

const longestList = 8;
const noWord = -1;
/** The most common rests, each as one shared object, because reads that miss the processor's cache cost most. */
const commonRests: readonly (readonly number[])[] = [[], [oneWordNumber], [anyWordsNumber]];

export function createPatternRoot<T extends object>(): PatternNode<T> {
  return createNode([], 0);
}

function createNode<T extends object>(words: readonly number[], depth: number): PatternNode<T> {
  const word = words[depth] ?? noWord;
  const rest = restOf(words.slice(depth + 1));
  return { word, rest, first: undefined, next: undefined, byWord: undefined, owners: undefined };
}

function restOf(words: readonly number[]): readonly number[] {
  return commonRests.find((rest) => rest.length === words.length && rest[0] === words[0]) ?? words;
}

export function addPattern<T extends object>(root: PatternNode<T>, words: readonly number[], owner: T): void {
  let node = root;
  for (let depth = 0; depth < words.length;) {
    const child = childOf(node, words[depth]) ?? addChild(node, createNode(words, depth));
    const shared = sharedBy(child, words, depth);
    if (shared < child.rest.length) split(child, shared);
    depth += 1 + shared;
    node = child;
  }
  node.owners = withOne(node.owners, owner);
}

/** Removes a pattern that was added with the same words and owner. */
export function removePattern<T extends object>(root: PatternNode<T>, words: readonly number[], owner: T): void {
  removeBelow(root, words, 0, owner);
}

function removeBelow<T extends object>(node: PatternNode<T>, words: readonly number[], depth: number, owner: T): void {
  if (depth === words.length) {
    node.owners = withoutOne(node.owners, owner);
    return;
  }
  const child = childOf(node, words[depth]);
  if (child === undefined || sharedBy(child, words, depth) < child.rest.length) return;
  removeBelow(child, words, depth + 1 + child.rest.length, owner);
  if (child.owners !== undefined) return;
  if (hasChildren(child)) joinOnlyChild(child);
  else removeChild(node, child);
}

export function hasChildren<T extends object>(node: PatternNode<T>): boolean {
  return node.first !== undefined || node.byWord !== undefined;
}

function childOf<T extends object>({ first, byWord }: PatternNode<T>, word = noWord): PatternNode<T> | undefined {
  if (byWord !== undefined) return byWord.get(word);
  let child = first;
  while (child !== undefined && child.word !== word) child = child.next;
  return child;
}

/** The number of words of a node's rest that equal the words of a pattern below a depth. */
function sharedBy<T extends object>({ rest }: PatternNode<T>, words: readonly number[], depth: number): number {
  let shared = 0;
  while (shared < rest.length && rest[shared] === words[depth + 1 + shared]) shared += 1;
  return shared;
}

/** Splits a node in two. The node keeps the first `shared` words of its rest; a new child takes the other words, the children and the owners. */
function split<T extends object>(node: PatternNode<T>, shared: number): void {
  const { first, byWord, owners } = node;
  node.first = { ...createNode(node.rest, shared), first, byWord, owners };
  node.rest = restOf(node.rest.slice(0, shared));
  node.byWord = undefined;
  node.owners = undefined;
}

function joinOnlyChild<T extends object>(node: PatternNode<T>): void {
  const [only, another] = node.byWord?.values() ?? [node.first, node.first?.next];
  if (only === undefined || another !== undefined) return;
  node.rest = [...node.rest, only.word, ...only.rest];
  node.first = only.first;
  node.byWord = only.byWord;
  node.owners = only.owners;
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
