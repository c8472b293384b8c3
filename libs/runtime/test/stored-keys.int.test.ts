import { createMemoryBroker } from '@callbus/broker/memory';
import type { KeyChange, KeyUse, StoredKey } from '@callbus/contracts/keys/stored-key';
import { createStoredKeys, KeysNotLoaded, type KeySource, type StoredKeys } from '@callbus/runtime/auth/stored-keys';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';

const logger = pino({ level: 'silent' });
let broker: ReturnType<typeof createMemoryBroker>;
/** The store: its keys, and what a test makes it wait for or fail with. */
let store: { keys: StoredKey[]; before: () => Promise<void>; listings: number; uses: KeyUse[] };
let keys: StoredKeys;
let source: KeySource;
let nowMs: number;

beforeEach(() => {
  broker = createMemoryBroker({ logger });
  store = { keys: [], before: () => Promise.resolve(), listings: 0, uses: [] };
  nowMs = 1_000_000;
  keys = createStoredKeys({ logger, now: () => nowMs });
  source = {
    // One key per page.
    async list(after) {
      const [key, ...others] = store.keys.filter(({ id }) => id > after);
      store.listings += 1;
      await store.before();
      return { keys: key ? [key] : [], next: key !== undefined && others.length > 0 ? key.id : null };
    },
    report: (uses) => Promise.resolve(void store.uses.push(...uses)),
  };
});
afterEach(async () => {
  await keys.close();
  await broker.close();
});

function keyOf(id: string, expiresAt: number | null = null): StoredKey {
  return { id, sha256: id.padEnd(64, '0'), account: 'acme', user: '', roles: ['publish'], expiresAt };
}
const digest = (id: string) => keyOf(id).sha256;
const isKnown = (id: string) => keys.holderOf(digest(id)) !== undefined;
const announce = (change: KeyChange) => broker.announceChange(Buffer.from(JSON.stringify(change)), 'keys');

test('all pages are listed, and changes take effect at once', async () => {
  store.keys = [keyOf('a'), keyOf('b'), keyOf('c')];
  await keys.open({ source, broker });
  expect(['a', 'b', 'c', 'd'].map(isKnown)).toEqual([true, true, true, false]);
  expect(keys.holderOf(digest('a'))).toMatchObject({ account: 'acme', roles: ['publish'] });
  await announce({ kind: 'revoked', id: 'b' });
  await announce({ kind: 'made', key: keyOf('d') });
  expect(['a', 'b', 'c', 'd'].map(isKnown)).toEqual([true, false, true, true]);
});

test('a change during a listing is newer than what the listing read', async () => {
  store.keys = [keyOf('a'), keyOf('b')];
  let release: () => void = () => undefined;
  store.before = () => new Promise((resolve) => (release = resolve));
  const opening = keys.open({ source, broker });
  await waitFor(() => store.listings === 1, { what: 'the first page' });
  await announce({ kind: 'revoked', id: 'a' });
  await announce({ kind: 'made', key: keyOf('c') });
  store.before = () => Promise.resolve();
  release();
  await opening;
  expect(['a', 'b', 'c'].map(isKnown)).toEqual([false, true, true]);
});

test('a key expires by the clock', async () => {
  store.keys = [keyOf('a', nowMs + 10)];
  await keys.open({ source, broker });
  nowMs += 9;
  expect(isKnown('a')).toBe(true);
  nowMs += 1;
  expect(isKnown('a')).toBe(false);
});

test('an unknown key cannot be judged before the first listing, which is tried again', async () => {
  store.keys = [keyOf('a')];
  store.before = () => Promise.reject(new Error('the store is away'));
  await keys.open({ source, broker });
  await announce({ kind: 'made', key: keyOf('e') });
  expect(isKnown('e')).toBe(true);
  expect(() => isKnown('a')).toThrow(KeysNotLoaded);
  store.before = () => Promise.resolve();
  await waitFor(() => store.listings > 1, { what: 'the next listing' });
  await waitFor(() => isKnownOrUndecided('a') === true, { what: 'the key' });
});

function isKnownOrUndecided(id: string): boolean | undefined {
  try {
    return isKnown(id);
  } catch {
    return undefined;
  }
}

test('the last use of each key is reported at the end', async () => {
  store.keys = [keyOf('a'), keyOf('b'), keyOf('c', 1)];
  await keys.open({ source, broker });
  isKnown('a');
  nowMs += 5;
  isKnown('a');
  isKnown('c');
  await keys.close();
  expect(store.uses).toEqual([{ id: 'a', at: nowMs }]);
});
