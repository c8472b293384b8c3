import type { EventHeaders } from '@callbus/contracts/events/event';
import { isPattern } from '@callbus/contracts/subscriptions/pattern';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import { createMatchPatterns } from './match-patterns.js';
import { addAll, withOne, withoutOne, type OneOrMany } from './one-or-many.js';
import { addPattern, createPatternRoot, hasChildren, removePattern, type PatternNode } from './pattern-tree.js';
import { createVocabulary } from './vocabulary.js';

/**
 * Finds the subscriptions that an event matches. Names and types are looked up. The cost of patterns depends on the words of the event and
 * on the patterns that share them. Neither depends on the number of subscriptions (docs/decisions/0034-match-patterns-by-sets-of-positions.md).
 * A pattern has bounded words and `#`, which docs/limits.md names.
 */
export interface SubscriptionIndex {
  add(subscription: Subscription): void;
  /** Takes the same object that was added. */
  remove(subscription: Subscription): void;
  /**
   * Each matching subscription once, however many of its names match.
   *
   * @param options.mayWait whether a costly event may wait; true by default
   * @returns undefined when the event has to wait, because its account has used up its share of the worker's time
   */
  match(event: MatchedEvent, options?: { readonly mayWait?: boolean }): Subscription[] | undefined;
}

type MatchedEvent = Pick<EventHeaders, 'account' | 'bus' | 'name' | 'type'>;

interface AccountIndex {
  /** Subscriptions by event name or event type. */
  readonly exact: Map<string, OneOrMany<Subscription>>;
  readonly patterns: PatternNode<Subscription>;
  /** The time at which the account will have paid back the time of its costly events, in milliseconds of `now`. */
  settledAtMs: number;
}

/** Some 20 µs. A cheaper event is not charged to its account. With thousands of ordinary patterns an event takes a few hundred steps. */
const cheapSteps = 4_000;
/** The milliseconds of each second that a worker may spend on matching the costly events of one account. */
const costlyMsEachS = 100;
const share = costlyMsEachS / 1_000;
/** The milliseconds that an account may use in advance. */
const burstMs = 100;

/** @param options.now monotonic milliseconds */
export function createSubscriptionIndex({ now = () => performance.now() } = {}): SubscriptionIndex {
  const accounts = new Map<string, AccountIndex>();
  const vocabulary = createVocabulary();
  const matchPatterns = createMatchPatterns<Subscription>(vocabulary);

  function indexOf(account: string): AccountIndex {
    const known = accounts.get(account);
    if (known !== undefined) return known;
    const index = { exact: new Map(), patterns: createPatternRoot<Subscription>(), settledAtMs: 0 };
    accounts.set(account, index);
    return index;
  }

  function hasHadItsShare({ settledAtMs }: AccountIndex): boolean {
    return (settledAtMs - now()) * share > burstMs;
  }

  function matchCostly(index: AccountIndex, name: string, found: Set<Subscription>): void {
    const startedAtMs = now();
    matchPatterns(index.patterns, name, found, Infinity);
    index.settledAtMs = Math.max(index.settledAtMs, startedAtMs) + (now() - startedAtMs) / share;
  }

  return {
    add(subscription) {
      const { exact, patterns } = indexOf(subscription.account);
      for (const name of subscription.eventNames) {
        exact.set(name, withOne(exact.get(name), subscription));
        if (isPattern(name)) addPattern(patterns, vocabulary.take(name), subscription);
      }
    },

    remove(subscription) {
      const index = accounts.get(subscription.account);
      if (index === undefined) return;
      for (const name of subscription.eventNames) {
        const others = withoutOne(index.exact.get(name), subscription);
        if (others === undefined) index.exact.delete(name);
        else index.exact.set(name, others);
        if (isPattern(name)) removePattern(index.patterns, vocabulary.drop(name), subscription);
      }
      if (index.exact.size === 0) accounts.delete(subscription.account);
    },

    match({ account, bus, name, type }, { mayWait = true } = {}) {
      const index = accounts.get(account);
      if (index === undefined) return [];
      const found = new Set<Subscription>();
      addAll(found, index.exact.get(name));
      addAll(found, index.exact.get(type));
      if (hasChildren(index.patterns)) {
        const isCheap = matchPatterns(index.patterns, name, found, cheapSteps);
        if (!isCheap && mayWait && hasHadItsShare(index)) return undefined;
        if (!isCheap) matchCostly(index, name, found);
      }
      return [...found].filter(({ eventBusId }) => eventBusId === null || eventBusId === bus);
    },
  };
}
