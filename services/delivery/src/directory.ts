import { setTimeout as sleep } from 'node:timers/promises';
import type { EventHeaders } from '@callbus/contracts/event';
import { readSubscriptionChange, type Subscription } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/logger';
import { untilUp } from '@callbus/runtime/until-up';
import { createSubscriptionIndex } from './match.js';
import type { SubscriptionClient } from './subscription-client.js';

/**
 * The worker's copy of the subscriptions, kept by list and watch: changes are received first, then everything is listed,
 * then changes go on arriving; it lists again after each reconnection and every minute.
 */
export interface Directory {
  match(event: Pick<EventHeaders, 'account' | 'bus' | 'name' | 'type'>): Subscription[];
  /** As it is known now, without asking. */
  known(id: number): Subscription | undefined;
  /** Asks the subscription service about an id that it does not know. */
  find(id: number): Promise<Subscription | 'gone' | 'unreachable'>;

  /** Changes are being received, but some may have been missed. The first time, resolves when the directory is loaded. */
  open(): Promise<void>;
  /** A change as it came from the broker. */
  change(body: Buffer): void;
  isLoaded(): boolean;
  /** How many subscriptions it knows. */
  size(): number;
  close(): void;
}

export interface DirectoryOptions {
  readonly client: SubscriptionClient;
  readonly logger: Logger;
  readonly listIntervalMs?: number;
}

export function createDirectory(options: DirectoryOptions): Directory {
  const { client, logger, listIntervalMs = 60_000 } = options;
  const index = createSubscriptionIndex();
  const byId = new Map<number, Subscription>();
  /** Known to be gone since the last listing began. Ids are never used again, so a page that still holds one is old. */
  const gone = new Set<number>();
  const closing = new AbortController();
  let listing: Promise<void> = Promise.resolve();
  let isLoaded = false;

  function put(subscription: Subscription): void {
    const known = byId.get(subscription.id);
    if (gone.has(subscription.id) || subscription.revision <= (known?.revision ?? 0)) return;
    if (known !== undefined) index.remove(known);
    byId.set(subscription.id, subscription);
    index.add(subscription);
  }

  function remove(id: number): void {
    gone.add(id);
    const known = byId.get(id);
    if (known === undefined) return;
    index.remove(known);
    byId.delete(id);
  }

  /** What was known before and is not listed was deleted unnoticed, unless it changed meanwhile. */
  async function listAll(): Promise<void> {
    const goneBefore = [...gone];
    const before = new Map([...byId.values()].map(({ id, revision }) => [id, revision]));
    for (let after: number | null = 0; after !== null;) {
      const page = await client.list(after);
      for (const subscription of page.subscriptions) {
        before.delete(subscription.id);
        put(subscription);
      }
      after = page.next;
    }
    for (const [id, revision] of before) if (byId.get(id)?.revision === revision) remove(id);
    for (const id of goneBefore) gone.delete(id);
    if (!isLoaded) logger.info({ subscriptions: byId.size }, 'directory loaded');
    isLoaded = true;
  }

  /** One listing after the other: one that began before a reconnection may have missed what happened meanwhile. */
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
    match: (event) => index.match(event),
    known: (id) => byId.get(id),

    async find(id) {
      const known = byId.get(id);
      if (known !== undefined) return known;
      if (gone.has(id)) return 'gone';
      try {
        const found = await client.find(id);
        if (found === undefined) remove(id);
        else put(found);
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
      // Once loaded, the service's absence does not stop delivery: it goes on with what it knows.
      await list().catch(() => void listUntilDone().catch(unlessClosing));
    },

    change(body) {
      const change = readSubscriptionChange(body);
      if (change.kind === 'saved') put(change.subscription);
      else remove(change.id);
    },

    isLoaded: () => isLoaded,
    size: () => byId.size,
    close: () => closing.abort(),
  };
}
