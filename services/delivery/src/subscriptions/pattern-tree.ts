import { withOne, withoutOne, type OneOrMany } from './one-or-many.js';
import { anyWordsNumber, oneWordNumber } from './vocabulary.js';

/**
 * A radix tree of patterns, word by word: patterns share a node for the words that they have in common. Patterns have mostly words of
 * their own behind a few that they share, and as a node each of them took ten times the memory.
 */
export interface PatternNode<T extends object> {
  /** The number of the first word behind those of the parent, by which the children of a node differ; the root has none. */
  readonly word: number;
  /** Numbers of the words behind the first. */
  rest: readonly number[];
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
const noWord = -1;
/** The most common ones, as one object each: what is not in the processor's cache costs most. */
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

/** How many words of a node's rest are those behind a depth. */
function sharedBy<T extends object>({ rest }: PatternNode<T>, words: readonly number[], depth: number): number {
  let shared = 0;
  while (shared < rest.length && rest[shared] === words[depth + 1 + shared]) shared += 1;
  return shared;
}

/** Makes two nodes of one: the first so many words of its rest, and below them the others with all that is the node's. */
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
