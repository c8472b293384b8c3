import type { EventHeaders } from '@callbus/contracts/event';
import { isPattern } from '@callbus/contracts/pattern';
import type { Subscription } from '@callbus/contracts/subscription';
import { createMatchPatterns } from './match-patterns.js';
import { addAll, withOne, withoutOne, type OneOrMany } from './one-or-many.js';
import { addPattern, createPatternRoot, hasChildren, removePattern, type PatternNode } from './pattern-trie.js';

/**
 * Which subscriptions an event is due to. Names and types are looked up; patterns cost by the words of the event and of those patterns
 * that it leads to. Neither costs by the number of subscriptions (docs/decisions/0034-patterns-by-places.md).
 */
export interface SubscriptionIndex {
  add(subscription: Subscription): void;
  /** Takes out exactly what was added. */
  remove(subscription: Subscription): void;
  /** Each matching subscription once, however many of its names match. */
  match(event: Pick<EventHeaders, 'account' | 'bus' | 'name' | 'type'>): Subscription[];
}

interface AccountIndex {
  /** By event name or event type. */
  readonly exact: Map<string, OneOrMany<Subscription>>;
  readonly patterns: PatternNode<Subscription>;
}

export function createSubscriptionIndex(): SubscriptionIndex {
  const accounts = new Map<string, AccountIndex>();
  const matchPatterns = createMatchPatterns<Subscription>();

  return {
    add(subscription) {
      const index: AccountIndex = accounts.get(subscription.account) ?? {
        exact: new Map(),
        patterns: createPatternRoot(),
      };
      accounts.set(subscription.account, index);
      for (const name of subscription.eventNames) {
        index.exact.set(name, withOne(index.exact.get(name), subscription));
        if (isPattern(name)) addPattern(index.patterns, name, subscription);
      }
    },

    remove(subscription) {
      const index = accounts.get(subscription.account);
      if (index === undefined) return;
      for (const name of subscription.eventNames) {
        const others = withoutOne(index.exact.get(name), subscription);
        if (others === undefined) index.exact.delete(name);
        else index.exact.set(name, others);
        if (isPattern(name)) removePattern(index.patterns, name, subscription);
      }
      if (index.exact.size === 0) accounts.delete(subscription.account);
    },

    match({ account, bus, name, type }) {
      const index = accounts.get(account);
      if (index === undefined) return [];
      const found = new Set<Subscription>();
      addAll(found, index.exact.get(name));
      addAll(found, index.exact.get(type));
      if (hasChildren(index.patterns)) matchPatterns(index.patterns, name, found);
      return [...found].filter(({ eventBusId }) => eventBusId === null || eventBusId === bus);
    },
  };
}
