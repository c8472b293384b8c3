import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Subscription, SubscriptionChange } from '@callbus/contracts/subscriptions/subscription';
import { createLogger } from '@callbus/runtime/observability/logger';
import { waitFor } from '@callbus/testing/wait-for';
import { createDirectory, type Directory } from '../src/subscriptions/directory.js';
import { createSubscriptionClient } from '../src/subscriptions/subscription-client.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';
import { openSubscriptionService, token } from './subscription-service.js';

const logger = createLogger({ service: 'test', level: 'silent' });

/** All timers except that of the next listing. */
const otherTimers = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
] as const;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  jest.useRealTimers();
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp() {
  const service = await openSubscriptionService();
  const directory = createDirectory({
    client: createSubscriptionClient({ url: service.url, tokens: [token] }),
    logger,
  });
  closers.push(
    () => service.close(),
    () => directory.close(),
  );
  return { service, directory };
}

const idsOf = (directory: Directory, name = 'x') =>
  directory.match({ account: 'a', bus: '', name, type: 't' })!.map(({ id }) => id);
const announce = (directory: Directory, change: SubscriptionChange) =>
  directory.change(Buffer.from(JSON.stringify(change)));
const row = (id: number, revision = id, some: Partial<Subscription> = {}) =>
  subscriptionOf({ id, revision, eventNames: ['x'], ...some });

describe('listing', () => {
  test('loads every page before the directory opens', async () => {
    const { service, directory } = await setUp();
    for (let id = 1; id <= 5; id += 1) service.rows.set(id, row(id));
    expect(directory.isLoaded()).toBe(false);
    await directory.open();
    expect(directory.isLoaded()).toBe(true);
    expect(idsOf(directory)).toEqual([1, 2, 3, 4, 5]);
    expect(service.seen).toHaveLength(3);
  });

  test('waits for the service at the first opening', async () => {
    const { service, directory } = await setUp();
    service.rows.set(1, row(1));
    service.state.isAway = true;
    const opening = directory.open();
    await waitFor(() => service.seen.length >= 2, { what: 'the second try' });
    expect(directory.isLoaded()).toBe(false);
    service.state.isAway = false;
    await opening;
    expect(idsOf(directory)).toEqual([1]);
  });

  test.each(['cancelled', 'cut', 'too many bytes'] as const)(
    'asks for a smaller page after a page that is %s',
    async (how) => {
      const { service, directory } = await setUp();
      for (let id = 1; id <= 3; id += 1) service.rows.set(id, row(id));
      service.state.tooLarge = { rows: 20, how };
      await directory.open();
      expect(idsOf(directory)).toEqual([1, 2, 3]);
    },
  );

  test('gives up when even a page of one row fails, and begins again later', async () => {
    const { service, directory } = await setUp();
    service.rows.set(1, row(1));
    service.state.tooLarge = { rows: 0, how: 'cancelled' };
    const opening = directory.open();
    await waitFor(() => service.seen.filter((path) => path.includes('limit=1&')).length >= 2, { what: 'two tries' });
    service.state.tooLarge = { rows: Infinity, how: 'cancelled' };
    await opening;
    expect(idsOf(directory)).toEqual([1]);
  });

  test('keeps the copy while the service is away after the first listing, and catches up by itself', async () => {
    const { service, directory } = await setUp();
    service.rows.set(1, row(1));
    await directory.open();
    service.state.isAway = true;
    await directory.open();
    expect(idsOf(directory)).toEqual([1]);
    service.rows.set(2, row(2));
    service.state.isAway = false;
    await waitFor(() => idsOf(directory).length === 2, { what: 'the listing in the background' });
  });

  test('shows changes that were not announced within a minute', async () => {
    jest.useFakeTimers({ doNotFake: [...otherTimers] });
    const { service, directory } = await setUp();
    service.rows.set(1, row(1)).set(2, row(2));
    await directory.open();
    service.rows.delete(1);
    service.rows.set(2, row(2, 3, { eventNames: ['y'] }));
    jest.advanceTimersByTime(60_000);
    jest.useRealTimers();
    await waitFor(() => idsOf(directory).length === 0, { what: 'the deletion and the update' });
    expect(idsOf(directory, 'y')).toEqual([2]);
  });

  test('a page neither revives a subscription that was deleted meanwhile nor removes one that was created', async () => {
    const { service, directory } = await setUp();
    service.rows.set(1, row(1)).set(2, row(2)).set(3, row(3));
    await directory.open();
    service.state.beforePage = (after) => {
      if (after === 0) {
        announce(directory, { kind: 'deleted', id: 1, revision: 10 });
        announce(directory, { kind: 'saved', subscription: row(9, 11) });
        announce(directory, { kind: 'saved', subscription: row(2, 12, { eventNames: ['y'] }) });
      }
      return Promise.resolve();
    };
    await directory.open();
    expect(idsOf(directory)).toEqual([3, 9]);
    expect(idsOf(directory, 'y')).toEqual([2]);
  });
});

describe('a database that was promoted or restored', () => {
  test('replaces the copy by a listing, even with lower or equal revisions, and removes unlisted subscriptions', async () => {
    const { service, directory } = await setUp();
    service.rows
      .set(1, row(1, 50, { eventNames: ['new'] }))
      .set(2, row(2, 60))
      .set(3, row(3, 70));
    await directory.open();
    announce(directory, { kind: 'deleted', id: 3, revision: 80 });
    service.rows.delete(2);
    service.rows.set(1, row(1, 5)).set(3, row(3, 70, { eventNames: ['again'] }));
    await directory.open();
    expect([idsOf(directory), idsOf(directory, 'new'), idsOf(directory, 'again')]).toEqual([[1], [], [3]]);
    service.rows.set(1, row(1, 5, { eventNames: ['other'] }));
    await directory.open();
    expect(idsOf(directory, 'other')).toEqual([1]);
  });

  test('makes the directory list at once when a change has a new epoch; changes of the old epoch are ignored', async () => {
    const { service, directory } = await setUp();
    service.rows.set(1, row(1, 50)).set(2, row(2, 60));
    service.state.epoch = 100;
    await directory.open();
    service.state.epoch = 200;
    service.rows.delete(2);
    service.rows.set(3, row(3, 1_000));
    announce(directory, { kind: 'saved', subscription: row(3, 1_000), epoch: 200 });
    expect(idsOf(directory)).toEqual([1, 2, 3]);
    await waitFor(() => idsOf(directory).length === 2, { what: 'the listing' });
    announce(directory, { kind: 'saved', subscription: row(2, 9_999), epoch: 100 });
    announce(directory, { kind: 'deleted', id: 1, revision: 9_999, epoch: 100 });
    expect(idsOf(directory)).toEqual([1, 3]);
  });

  test('may have subscriptions that were deleted in the earlier epoch', async () => {
    const { service, directory } = await setUp();
    service.rows.set(1, row(1, 50)).set(2, row(2, 60));
    service.state.epoch = 100;
    await directory.open();
    service.rows.delete(2);
    await directory.open();
    expect(idsOf(directory)).toEqual([1]);
    service.state.epoch = 200;
    service.rows.set(2, row(2, 40));
    service.state.beforePage = () => {
      announce(directory, { kind: 'saved', subscription: row(2, 45), epoch: 200 });
      return Promise.resolve();
    };
    await directory.open();
    expect(idsOf(directory)).toEqual([1, 2]);
  });

  test('is listed from the beginning when the epoch changes during a listing', async () => {
    const { service, directory } = await setUp();
    for (let id = 1; id <= 4; id += 1) service.rows.set(id, row(id));
    service.state.epoch = 100;
    service.state.beforePage = (after) => {
      if (after === 2) service.state.epoch = 200;
      return Promise.resolve();
    };
    await directory.open();
    expect(service.seen.filter((path) => path.includes('after=0'))).toHaveLength(2);
    expect(idsOf(directory)).toEqual([1, 2, 3, 4]);
  });

  test('may be listed by services of two versions at once, of which one sends no epoch', async () => {
    const { service, directory } = await setUp();
    for (let id = 1; id <= 5; id += 1) service.rows.set(id, row(id));
    service.state.beforePage = (after) => {
      service.state.epoch = after === 2 ? undefined : 100;
      return Promise.resolve();
    };
    await directory.open();
    expect(service.seen).toHaveLength(3);
    announce(directory, { kind: 'saved', subscription: row(6, 60) });
    expect(idsOf(directory)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('watching', () => {
  test('a change that was announced before a deletion and arrives after it does not revive the subscription', async () => {
    const { service, directory } = await setUp();
    service.rows.set(1, row(1, 5)).set(2, row(2, 6));
    await directory.open();
    announce(directory, { kind: 'deleted', id: 1, revision: 8 });
    announce(directory, { kind: 'deleted', id: 3, revision: 9 });
    service.rows.delete(1);
    for (let listings = 0; listings < 3; listings += 1) await directory.open();
    announce(directory, { kind: 'saved', subscription: row(1, 7) });
    announce(directory, { kind: 'saved', subscription: row(3, 7) });
    expect(idsOf(directory)).toEqual([2]);
    expect(await directory.find(1)).toBe('gone');
  });

  test('a late change from a slow connection does not revive a subscription that a listing has removed', async () => {
    const { service, directory } = await setUp();
    service.rows.set(1, row(1, 5)).set(2, row(2, 6));
    await directory.open();
    // One connection was lost while revision 7 and the deletion were announced, and lists when it is back.
    service.rows.delete(1);
    await directory.open();
    announce(directory, { kind: 'saved', subscription: row(1, 7) });
    expect(idsOf(directory)).toEqual([2]);
    announce(directory, { kind: 'deleted', id: 1, revision: 8 });
    expect(idsOf(directory)).toEqual([2]);
    expect(await directory.find(1)).toBe('gone');
  });

  test('applies changes and ignores older revisions', async () => {
    const { directory } = await setUp();
    await directory.open();
    announce(directory, { kind: 'saved', subscription: row(1, 5) });
    announce(directory, { kind: 'saved', subscription: row(1, 4, { eventNames: ['old'] }) });
    expect([idsOf(directory), idsOf(directory, 'old')]).toEqual([[1], []]);
    announce(directory, { kind: 'saved', subscription: row(1, 6, { eventNames: ['new'] }) });
    expect([idsOf(directory), idsOf(directory, 'new')]).toEqual([[], [1]]);
    announce(directory, { kind: 'deleted', id: 1, revision: 7 });
    announce(directory, { kind: 'saved', subscription: row(1, 6) });
    expect(idsOf(directory)).toEqual([]);
  });

  test.each(['not json', '{}', '{"kind":"saved"}'])('throws for the unreadable change %j', async (text) => {
    const { directory } = await setUp();
    expect(() => directory.change(Buffer.from(text))).toThrow();
  });
});

describe('looking up an id', () => {
  test('asks the service once', async () => {
    const { service, directory } = await setUp();
    await directory.open();
    service.rows.set(7, row(7));
    expect(await directory.find(7)).toMatchObject({ id: 7 });
    expect(await directory.find(8)).toBe('gone');
    const asked = service.seen.length;
    expect(await directory.find(7)).toMatchObject({ id: 7 });
    expect(await directory.find(8)).toBe('gone');
    expect(service.seen).toHaveLength(asked);
    expect(idsOf(directory)).toEqual([7]);
  });

  test('does not take a missing answer for a deletion', async () => {
    const { service, directory } = await setUp();
    await directory.open();
    service.state.isAway = true;
    expect(await directory.find(7)).toBe('unreachable');
    service.state.isAway = false;
    service.rows.set(7, row(7));
    expect(await directory.find(7)).toMatchObject({ id: 7 });
  });
});
