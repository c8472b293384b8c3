import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { readSubscriptionChange, type Subscription, type SubscriptionChange } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/observability/logger';
import { untilUp } from '@callbus/runtime/lifecycle/until-up';
import { createSubscriptionIndex, type SubscriptionIndex } from './match.js';
import type { SubscriptionClient } from './subscription-client.js';

/**
 * A worker's copy of all subscriptions, kept by list and watch. The worker first receives changes, then lists everything, while changes go
 * on arriving. It lists again after each reconnection and every minute.
 */
export interface Directory {
  readonly match: SubscriptionIndex['match'];
  /** Looks into the copy only. */
  known(id: number): Subscription | undefined;
  /** Asks the subscription service about an id that is not in the copy. */
  find(id: number): Promise<Subscription | Missing>;

  /**
   * Call it when a connection begins to receive changes, because earlier changes may have been missed. The first call resolves when the
   * directory is loaded.
   */
  open(): Promise<void>;
  /** Applies a change as it came from the broker. */
  change(body: Buffer): void;
  isLoaded(): boolean;
  /** The number of subscriptions in the copy. */
  size(): number;
  close(): void;
}

/** `unreachable`: the subscription service gives no answer. */
export type Missing = 'gone' | 'unreachable';

export interface DirectoryOptions {
  readonly client: SubscriptionClient;
  readonly logger: Logger;
  readonly listIntervalMs?: number;
}

/** The most deleted subscriptions that are remembered. Ids are never used again. */
const goneMax = 100_000;
const costlyToldEachMs = 60_000;

export function createDirectory(options: DirectoryOptions): Directory {
  const { client, logger, listIntervalMs = 60_000 } = options;
  const index = createSubscriptionIndex();
  const byId = new Map<number, Subscription>();
  /** Revisions up to which deleted subscriptions stay deleted, so that a late announcement over another connection does not revive them. */
  const gone = new Map<number, number>();
  /** Subscriptions that have changed since the listing under way began. A page may be older than such a change. */
  const changedMeanwhile = new Set<number>();
  /** When the log last named an account whose costly events wait. */
  const toldAtMs = new Map<string, number>();
  const closing = new AbortController();
  let listing: Promise<void> = Promise.resolve();
  let isLoaded = false;
  /** The epoch of the database; undefined while only services of an older version have sent anything. */
  let epoch: number | undefined;

  function put(subscription: Subscription): void {
    const known = byId.get(subscription.id);
    if (known !== undefined) index.remove(known);
    byId.set(subscription.id, subscription);
    index.add(subscription);
  }

  function putIfNewer(subscription: Subscription): void {
    const { id, revision } = subscription;
    const known = Math.max(byId.get(id)?.revision ?? 0, gone.get(id) ?? 0);
    changedMeanwhile.add(id);
    if (revision > known) put(subscription);
  }

  /** A listing overrides the copy of every subscription that did not change while the listing ran, even when the listed revision is lower. */
  function putListed(subscription: Subscription): void {
    if (changedMeanwhile.has(subscription.id)) {
      putIfNewer(subscription);
      return;
    }
    gone.delete(subscription.id);
    if (!isDeepStrictEqual(byId.get(subscription.id), subscription)) put(subscription);
  }

  /** @param revision changes up to this revision do not revive the subscription */
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

  /** A subscription that was known before and is not listed has been deleted, unless it changed meanwhile. */
  async function listAll(): Promise<void> {
    changedMeanwhile.clear();
    const unlisted = new Set(byId.keys());
    let epochListed: number | undefined;
    for (let after: number | null = 0; after !== null;) {
      const page = await client.list(after);
      if (epochListed !== undefined && page.epoch !== undefined && page.epoch !== epochListed)
        throw new Error('the database changed while it was listed');
      epochListed = page.epoch ?? epochListed;
      for (const subscription of page.subscriptions) {
        unlisted.delete(subscription.id);
        putListed(subscription);
      }
      after = page.next;
    }
    enterEpoch(epochListed);
    // An unlisted subscription is gone for good: any change of it that another connection delivers later is older than the deletion.
    for (const id of unlisted) if (!changedMeanwhile.has(id)) remove(id, Infinity);
    if (!isLoaded) logger.info({ subscriptions: byId.size }, 'directory loaded');
    isLoaded = true;
  }

  /** A restored database may have subscriptions that were deleted before. Changes of the earlier epoch are ignored from now on. */
  function enterEpoch(entered: number | undefined): void {
    if (epoch !== undefined && entered !== undefined && entered > epoch) gone.clear();
    epoch = entered;
  }

  /** @returns false for a change of an earlier epoch */
  function isOfThisEpoch(change: SubscriptionChange): boolean {
    if (change.epoch === undefined || epoch === undefined || change.epoch === epoch) return true;
    if (change.epoch < epoch) return false;
    logger.warn(
      { before: epoch, now: change.epoch },
      'the database was promoted or restored: listing all subscriptions',
    );
    enterEpoch(change.epoch);
    void listUntilDone().catch(unlessClosing);
    return true;
  }

  function noteCostly(account: string): void {
    const nowMs = performance.now();
    if (nowMs - (toldAtMs.get(account) ?? -Infinity) < costlyToldEachMs) return;
    toldAtMs.set(account, nowMs);
    logger.warn({ account }, 'events of an account wait: to match their names with its patterns takes too long');
  }

  /** Listings run one after the other, because a listing that began before a reconnection may have missed changes. */
  function list(): Promise<void> {
    listing = listing.catch(() => undefined).then(listAll);
    return listing;
  }

  const listUntilDone = () => untilUp('the subscription service', list, { logger, signal: closing.signal });

  async function listEveryInterval(): Promise<void> {
    while (!closing.signal.aborted) {
      await sleep(listIntervalMs, undefined, { signal: closing.signal, ref: false });
      await listUntilDone();
    }
  }
  listEveryInterval().catch(unlessClosing);

  function unlessClosing(error: unknown): void {
    if (!closing.signal.aborted) throw error;
  }

  return {
    match(event, options) {
      const found = index.match(event, options);
      if (found === undefined) noteCostly(event.account);
      return found;
    },
    known: (id) => byId.get(id),

    async find(id) {
      const known = byId.get(id);
      if (known !== undefined) return known;
      if (gone.has(id)) return 'gone';
      try {
        const found = await client.find(id);
        changedMeanwhile.add(id);
        if (found === undefined) remove(id, Infinity);
        else putIfNewer(found);
        return byId.get(id) ?? 'gone';
      } catch (error) {
        logger.warn(
          { subscription: id, error: error instanceof Error ? error.message : error },
          'cannot ask about a subscription',
        );
        return 'unreachable';
      }
    },

    async open() {
      if (!isLoaded) return listUntilDone();
      // A loaded directory serves on while the subscription service is away.
      await list().catch(() => void listUntilDone().catch(unlessClosing));
    },

    change(body) {
      const change = readSubscriptionChange(body);
      if (!isOfThisEpoch(change)) return;
      if (change.kind === 'saved') {
        putIfNewer(change.subscription);
        return;
      }
      changedMeanwhile.add(change.id);
      remove(change.id, change.revision);
    },

    isLoaded: () => isLoaded,
    size: () => byId.size,
    close: () => closing.abort(),
  };
}
