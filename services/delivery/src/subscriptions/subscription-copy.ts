import { isDeepStrictEqual } from 'node:util';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import { createSubscriptionIndex, type SubscriptionIndex } from './match.js';

/** Subscriptions by id and by the events that they match. Of two definitions of a subscription, the one with the higher revision stays. */
export interface SubscriptionCopy {
  readonly match: SubscriptionIndex['match'];
  get(id: number): Subscription | undefined;
  isGone(id: number): boolean;
  /** Applies a definition that was announced or looked up. */
  save(subscription: Subscription): void;
  /** Applies a deletion. Definitions up to this revision do not revive the subscription. */
  remove(id: number, revision: number): void;
  beginListing(): Listing;
  /** Forgets which subscriptions were deleted, because a restored database may have them again. */
  forgetGone(): void;
  size(): number;
}

interface Listing {
  /**
   * A listed definition overrides the copy of every subscription that did not change while the listing ran, even when the listed revision is
   * lower.
   */
  save(subscription: Subscription): void;
  /** Removes every subscription that was known before and is not listed, unless it changed meanwhile. */
  end(): void;
}

/** The most deleted subscriptions that are remembered. Ids are never used again. */
const goneMax = 100_000;

export function createSubscriptionCopy(): SubscriptionCopy {
  const index = createSubscriptionIndex();
  const byId = new Map<number, Subscription>();
  /** Revisions up to which deleted subscriptions stay deleted, so that a late announcement over another connection does not revive them. */
  const gone = new Map<number, number>();
  /** Subscriptions that have changed since the listing under way began. A page may be older than such a change. */
  const changedMeanwhile = new Set<number>();

  function put(subscription: Subscription): void {
    const known = byId.get(subscription.id);
    if (known !== undefined) index.remove(known);
    byId.set(subscription.id, subscription);
    index.add(subscription);
  }

  function save(subscription: Subscription): void {
    const { id, revision } = subscription;
    const known = Math.max(byId.get(id)?.revision ?? 0, gone.get(id) ?? 0);
    changedMeanwhile.add(id);
    if (revision > known) put(subscription);
  }

  function remove(id: number, revision: number): void {
    gone.delete(id);
    gone.set(id, revision);
    const [oldest] = gone.keys();
    if (gone.size > goneMax && oldest !== undefined) gone.delete(oldest);
    const known = byId.get(id);
    if (known === undefined) return;
    index.remove(known);
    byId.delete(id);
  }

  return {
    match: (event, options) => index.match(event, options),
    get: (id) => byId.get(id),
    isGone: (id) => gone.has(id),
    save,
    remove(id, revision) {
      changedMeanwhile.add(id);
      remove(id, revision);
    },
    beginListing() {
      changedMeanwhile.clear();
      const unlisted = new Set(byId.keys());
      return {
        save(subscription) {
          const { id } = subscription;
          unlisted.delete(id);
          if (changedMeanwhile.has(id)) {
            save(subscription);
            return;
          }
          gone.delete(id);
          if (!isDeepStrictEqual(byId.get(id), subscription)) put(subscription);
        },
        end() {
          // An unlisted subscription is gone for good: any change of it that another connection delivers later is older than the deletion.
          for (const id of unlisted) if (!changedMeanwhile.has(id)) remove(id, Infinity);
        },
      };
    },
    forgetGone: () => gone.clear(),
    size: () => byId.size,
  };
}
