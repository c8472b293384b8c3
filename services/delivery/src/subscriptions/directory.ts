import {
  readSubscriptionChange,
  type Subscription,
  type SubscriptionChange,
} from '@callbus/contracts/subscriptions/subscription';
import type { Logger } from '@callbus/runtime/observability/logger';
import { untilUp } from '@callbus/runtime/lifecycle/until-up';
import type { SubscriptionIndex } from './match.js';
import type { SubscriptionClient } from './subscription-client.js';
import { createSubscriptionCopy } from './subscription-copy.js';

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
}

const listIntervalMs = 60_000;
const costlyLogIntervalMs = 60_000;

export function createDirectory({ client, logger }: DirectoryOptions): Directory {
  const copy = createSubscriptionCopy();
  /** By account: the time at which the log last reported that the account's costly events wait. */
  const loggedAtMs = new Map<string, number>();
  const closing = new AbortController();
  let listing: Promise<void> = Promise.resolve();
  let nextListing: NodeJS.Timeout | undefined;
  let isLoaded = false;
  /** The epoch of the database; undefined while only services of an older version have sent anything. */
  let epoch: number | undefined;

  async function listAll(): Promise<void> {
    const listed = copy.beginListing();
    let epochListed: number | undefined;
    for (let after: number | null = 0; after !== null;) {
      const page = await client.list(after);
      if (epochListed !== undefined && page.epoch !== undefined && page.epoch !== epochListed)
        throw new Error('the database changed while it was listed');
      epochListed = page.epoch ?? epochListed;
      for (const subscription of page.subscriptions) listed.save(subscription);
      after = page.next;
    }
    enterEpoch(epochListed);
    listed.end();
    if (!isLoaded) logger.info({ subscriptions: copy.size() }, 'directory loaded');
    isLoaded = true;
  }

  /** Listings run one after the other, because a listing that began before a reconnection may have missed changes. */
  function list(): Promise<void> {
    listing = listing.catch(() => undefined).then(listAll);
    return listing;
  }

  const listUntilDone = () => untilUp('the subscription service', list, { logger, signal: closing.signal });

  function listLater(): void {
    if (closing.signal.aborted) return;
    nextListing = setTimeout(() => void listUntilDone().then(listLater, unlessClosing), listIntervalMs).unref();
  }
  listLater();

  function unlessClosing(error: unknown): void {
    if (!closing.signal.aborted) throw error;
  }

  /** Changes of the earlier epoch are ignored from now on. */
  function enterEpoch(entered: number | undefined): void {
    if (epoch !== undefined && entered !== undefined && entered > epoch) copy.forgetGone();
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

  async function lookUp(id: number): Promise<Subscription | Missing> {
    try {
      const found = await client.find(id);
      if (found === undefined) copy.remove(id, Infinity);
      else copy.save(found);
      return copy.get(id) ?? 'gone';
    } catch (error) {
      logger.warn(
        { subscription: id, error: error instanceof Error ? error.message : error },
        'cannot look up a subscription',
      );
      return 'unreachable';
    }
  }

  function logCostly(account: string): void {
    const nowMs = performance.now();
    if (nowMs - (loggedAtMs.get(account) ?? -Infinity) < costlyLogIntervalMs) return;
    loggedAtMs.set(account, nowMs);
    logger.warn({ account }, 'events of an account wait, because matching them with its patterns takes too long');
  }

  return {
    match(event, options) {
      const found = copy.match(event, options);
      if (found === undefined) logCostly(event.account);
      return found;
    },
    known: (id) => copy.get(id),
    find: async (id) => copy.get(id) ?? (copy.isGone(id) ? 'gone' : lookUp(id)),

    async open() {
      if (!isLoaded) return listUntilDone();
      // A loaded directory serves on while the subscription service is away.
      await list().catch(() => void listUntilDone().catch(unlessClosing));
    },

    change(body) {
      const change = readSubscriptionChange(body);
      if (!isOfThisEpoch(change)) return;
      if (change.kind === 'saved') copy.save(change.subscription);
      else copy.remove(change.id, change.revision);
    },

    isLoaded: () => isLoaded,
    size: () => copy.size(),
    close() {
      clearTimeout(nextListing);
      closing.abort();
    },
  };
}
