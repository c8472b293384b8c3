import type { Broker, Consumer } from '@callbus/broker/broker';
import type { KeyHolder } from '@callbus/contracts/keys/holder';
import { readKeyChange, usesMax, type KeyPage, type KeyUse, type StoredKey } from '@callbus/contracts/keys/stored-key';
import type { Logger } from '../observability/logger.js';
import { messageOf } from '../observability/message-of.js';

/** A process's copy of the keys that the service `subscription` stores, kept by list and watch. */
export interface StoredKeys {
  /**
   * @returns undefined for a key that is unknown, revoked or expired
   * @throws KeysNotLoaded when the key is unknown because no listing has succeeded since the start
   */
  holderOf(digest: string): KeyHolder | undefined;
  /** Begins to watch changes. Resolves after the first attempt to list the keys, which goes on in the background. */
  open(from: { readonly source: KeySource; readonly broker: Pick<Broker, 'watchChanges'> }): Promise<void>;
  /** Stops, and reports the last uses. */
  close(): Promise<void>;
}

/** Where the keys are stored. Both functions throw while the store is away. */
export interface KeySource {
  /** @param after the id to go on after; empty for the first page */
  list(after: string): Promise<KeyPage>;
  report(uses: readonly KeyUse[]): Promise<void>;
}

/** It is not known yet whether a key is stored. */
export class KeysNotLoaded extends Error {
  override readonly name = 'KeysNotLoaded';

  constructor() {
    super('the stored keys are not loaded yet');
  }
}

interface Entry {
  readonly key: StoredKey;
  usedAt: number;
  /** The use that was reported last, and when. */
  reportedUse: number;
  reportedAt: number;
}

/** The longest time for which a lost announcement goes unnoticed. */
const listIntervalMs = 10_000;
const retryMs = 1_000;
const reportIntervalMs = 10_000;
/** A key that is in use is reported once within this time. */
const useIntervalMs = 60_000;

export function createStoredKeys({ logger, now = Date.now }: { logger: Logger; now?: () => number }): StoredKeys {
  let keys: ReadonlyMap<string, Entry> = new Map();
  /** The changes since the current listing began. They are newer than what it reads. */
  let meanwhile: Map<string, StoredKey | undefined> | undefined;
  let isLoaded = false;
  let isFailing = false;
  let isClosed = false;
  let listing: Promise<void> = Promise.resolve();
  let watcher: Consumer | undefined;
  let report: KeySource['report'] | undefined;
  let nextListing: NodeJS.Timeout | undefined;
  let reporting: NodeJS.Timeout | undefined;

  const entryOf = (key: StoredKey): Entry => keys.get(key.sha256) ?? { key, usedAt: 0, reportedUse: 0, reportedAt: 0 };

  function change(id: string, made: StoredKey | undefined): void {
    meanwhile?.set(id, made);
    const others = [...keys].filter(([, { key }]) => key.id !== id);
    keys = new Map(made === undefined ? others : [...others, [made.sha256, entryOf(made)]]);
  }

  async function listAll(source: KeySource): Promise<void> {
    const changed = (meanwhile = new Map<string, StoredKey | undefined>());
    const listed = new Map<string, StoredKey>();
    for (let after: string | null = ''; after !== null;) {
      const page = await source.list(after);
      for (const key of page.keys) listed.set(key.id, key);
      after = page.next;
    }
    for (const [id, key] of changed) {
      if (key === undefined) listed.delete(id);
      else listed.set(id, key);
    }
    keys = new Map([...listed.values()].map((key) => [key.sha256, entryOf(key)]));
    if (!isLoaded) logger.info({ keys: keys.size }, 'stored keys loaded');
    isLoaded = true;
  }

  /** Listings run one after the other, because one that began before a reconnection may have missed changes. */
  function list(source: KeySource): Promise<void> {
    clearTimeout(nextListing);
    listing = listing.then(async () => {
      try {
        await listAll(source);
        isFailing = false;
      } catch (error) {
        if (!isFailing && !isClosed)
          logger.warn({ error: messageOf(error) }, 'cannot list the stored keys: those that are known stay valid');
        isFailing = true;
      }
      meanwhile = undefined;
      clearTimeout(nextListing);
      if (!isClosed) nextListing = setTimeout(() => void list(source), isFailing ? retryMs : listIntervalMs).unref();
    });
    return listing;
  }

  async function reportUses(isDue: (entry: Entry) => boolean): Promise<void> {
    const due = [...keys.values()].filter((entry) => entry.usedAt > entry.reportedUse && isDue(entry));
    for (let start = 0; start < due.length; start += usesMax) {
      const part = due.slice(start, start + usesMax);
      const uses = part.map(({ key, usedAt }) => ({ id: key.id, at: usedAt }));
      try {
        await report?.(uses);
      } catch (error) {
        logger.debug({ error: messageOf(error) }, 'cannot report the uses of keys');
        return;
      }
      part.forEach((entry, index) => {
        entry.reportedUse = uses[index]?.at ?? 0;
        entry.reportedAt = now();
      });
    }
  }

  return {
    holderOf(digest) {
      const entry = keys.get(digest);
      if (entry === undefined) {
        if (!isLoaded) throw new KeysNotLoaded();
        return undefined;
      }
      const at = now();
      if (entry.key.expiresAt !== null && entry.key.expiresAt <= at) return undefined;
      entry.usedAt = at;
      return entry.key;
    },

    async open({ source, broker }) {
      report = (uses) => source.report(uses);
      reporting = setInterval(
        () => void reportUses(({ reportedAt }) => now() - reportedAt >= useIntervalMs),
        reportIntervalMs,
      ).unref();
      watcher = await broker.watchChanges({
        of: 'keys',
        onOpen: () => list(source),
        onChange(body) {
          const changed = readKeyChange(body);
          if (changed.kind === 'made') change(changed.key.id, changed.key);
          else change(changed.id, undefined);
        },
      });
    },

    async close() {
      isClosed = true;
      clearInterval(reporting);
      clearTimeout(nextListing);
      await watcher?.stop();
      await listing;
      clearTimeout(nextListing);
      await reportUses(() => true);
    },
  };
}
