import type { EventHeaders } from '@callbus/contracts/event';
import type { Subscription } from '@callbus/contracts/subscription';

/** Which subscriptions an event is due to. The cost of a match grows with the event's words, not with the subscriptions. */
export interface SubscriptionIndex {
  add(subscription: Subscription): void;
  /** Takes out exactly what was added. */
  remove(subscription: Subscription): void;
  /** Each matching subscription once, however many of its names match. */
  match(event: Pick<EventHeaders, 'account' | 'bus' | 'name' | 'type'>): Subscription[];
}

interface AccountIndex {
  /** By event name or event type. */
  readonly exact: Map<string, Set<Subscription>>;
  readonly patterns: PatternNode;
}

/** A trie of a pattern's words; `*` and `#` are words like any other here, and special only when matching. */
interface PatternNode {
  readonly children: Map<string, PatternNode>;
  readonly subscriptions: Set<Subscription>;
}

const oneWord = '*';
const anyWords = '#';

export function createSubscriptionIndex(): SubscriptionIndex {
  const accounts = new Map<string, AccountIndex>();

  return {
    add(subscription) {
      const index = accounts.get(subscription.account) ?? { exact: new Map(), patterns: createNode() };
      accounts.set(subscription.account, index);
      for (const name of subscription.eventNames) {
        addTo(index.exact, name, subscription);
        if (isPattern(name)) addPattern(index.patterns, name.split('.'), subscription);
      }
    },

    remove(subscription) {
      const index = accounts.get(subscription.account);
      if (index === undefined) return;
      for (const name of subscription.eventNames) {
        removeFrom(index.exact, name, subscription);
        if (isPattern(name)) removePattern(index.patterns, name.split('.'), subscription);
      }
      if (index.exact.size === 0) accounts.delete(subscription.account);
    },

    match({ account, bus, name, type }) {
      const index = accounts.get(account);
      if (index === undefined) return [];
      const found = new Set(index.exact.get(name));
      for (const subscription of index.exact.get(type) ?? []) found.add(subscription);
      if (index.patterns.children.size > 0) matchPatterns(index.patterns, name.split('.'), found);
      return [...found].filter(({ eventBusId }) => eventBusId === null || eventBusId === bus);
    },
  };
}

function isPattern(name: string): boolean {
  return name.includes(oneWord) || name.includes(anyWords);
}

function createNode(): PatternNode {
  return { children: new Map(), subscriptions: new Set() };
}

function addTo(exact: AccountIndex['exact'], name: string, subscription: Subscription): void {
  const named = exact.get(name);
  if (named === undefined) exact.set(name, new Set([subscription]));
  else named.add(subscription);
}

function removeFrom(exact: AccountIndex['exact'], name: string, subscription: Subscription): void {
  const named = exact.get(name);
  named?.delete(subscription);
  if (named?.size === 0) exact.delete(name);
}

function addPattern(root: PatternNode, words: readonly string[], subscription: Subscription): void {
  let node = root;
  for (const word of words) {
    let child = node.children.get(word);
    if (child === undefined) node.children.set(word, (child = createNode()));
    node = child;
  }
  node.subscriptions.add(subscription);
}

function removePattern(node: PatternNode, words: readonly string[], subscription: Subscription, depth = 0): void {
  const word = words[depth];
  if (word === undefined) {
    node.subscriptions.delete(subscription);
    return;
  }
  const child = node.children.get(word);
  if (child === undefined) return;
  removePattern(child, words, subscription, depth + 1);
  if (child.children.size === 0 && child.subscriptions.size === 0) node.children.delete(word);
}

/**
 * Walks all fitting branches side by side, a set of nodes for each word, so that patterns of many `#` cost words times
 * nodes and never explode.
 */
function matchPatterns(root: PatternNode, words: readonly string[], found: Set<Subscription>): void {
  let reached = withAnyWords(new Map([[root, false]]));
  for (const word of words) {
    const next = new Map<PatternNode, boolean>();
    for (const [node, isAnyWords] of reached) {
      // A `#` stays where it is and swallows the word.
      if (isAnyWords) next.set(node, true);
      reach(next, node.children.get(oneWord));
      if (word !== oneWord && word !== anyWords) reach(next, node.children.get(word));
    }
    if (next.size === 0) return;
    reached = withAnyWords(next);
  }
  for (const node of reached.keys()) {
    for (const subscription of node.subscriptions) found.add(subscription);
  }
}

function reach(next: Map<PatternNode, boolean>, node: PatternNode | undefined): void {
  if (node !== undefined && !next.has(node)) next.set(node, false);
}

/** Adds what is reached by letting a `#` stand for no word; a map grows while it is walked. */
function withAnyWords(reached: Map<PatternNode, boolean>): Map<PatternNode, boolean> {
  for (const node of reached.keys()) {
    const any = node.children.get(anyWords);
    if (any !== undefined) reached.set(any, true);
  }
  return reached;
}
