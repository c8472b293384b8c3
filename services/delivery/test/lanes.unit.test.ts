import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Hold } from '@callbus/broker/broker';
import { tierFor } from '@callbus/contracts/messages/topology';
import { createLogger } from '@callbus/runtime/observability/logger';
import { createLanes, type Lanes } from '../src/receivers/lanes.js';
import type { Permit } from '../src/receivers/permit.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';

let lanes: Lanes;
let pausedMs: number;
let canForward: boolean;
beforeEach(() => {
  [pausedMs, canForward] = [0, true];
  lanes = createLanes({
    slots: 20,
    now: () => performance.now() + pausedMs,
    canForward: () => canForward,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
});
afterEach(() => lanes.close());

const one = subscriptionOf({ id: 1 });
const other = subscriptionOf({ id: 2 });
const fresh = { isReturning: false };
const ours: Hold = { isOurs: () => true, untilMs: Infinity, isShared: false };
const enter = async (subscription = one, hold: Partial<Hold> = {}) =>
  lanes.enter(subscription, { ...fresh, hold: { ...ours, ...hold } });
const parked = (delayMs: number) => ({ kind: 'park', after: tierFor(delayMs) });
/** Admits a task that dispatch must not call at once. */
const admitLater = (subscription = one) => lanes.admit(subscription, { ...fresh, hold: ours, mayCall: false });

async function permit(subscription = one): Promise<Permit> {
  const entered = await enter(subscription);
  if (entered.kind !== 'go') throw new Error(entered.kind);
  return entered;
}

describe('the only active lane', () => {
  test('lets tasks wait for any time, and lets them go in the order of their arrival', async () => {
    const permits = await Promise.all(Array.from({ length: 4 }, () => permit()));
    const order: number[] = [];
    const waiting = Array.from({ length: 30 }, async (_, index) => {
      const next = await permit();
      order.push(index);
      next.leave('confirmed', 10);
    });
    for (const { leave } of permits) leave('confirmed', 10);
    await Promise.all(waiting);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).toHaveLength(30);
  });

  test('is still the only active lane after a pause', async () => {
    for (let index = 0; index < 3; index += 1) (await permit()).leave('confirmed', 10_000);
    pausedMs = 11_000;
    const permits = await Promise.all(Array.from({ length: 4 }, () => permit()));
    const waiting = permit();
    for (const { leave } of permits) leave('confirmed', 10);
    await waiting;
  });
});

describe('a waiting task', () => {
  test('leaves when its message is no longer ours, and frees its slot', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => permit()));
    let isOurs = true;
    const lost = Array.from({ length: 3 }, () => enter(one, { isOurs: () => isOurs }));
    const kept = enter();
    isOurs = false;
    for (const admission of await Promise.all(lost)) expect(admission).toEqual({ kind: 'returned' });
    first!.leave('confirmed', 10);
    expect((await kept).kind).toBe('go');
    for (const { leave } of others) leave('confirmed', 10);
    expect((await enter()).kind).toBe('go');
  });

  test('is parked when its message cannot be held any longer, even in the only active lane', async () => {
    await Promise.all(Array.from({ length: 4 }, () => permit()));
    const kept = enter();
    expect((await enter(one, { untilMs: performance.now() + 100 })).kind).toBe('park');
    expect(await Promise.race([kept, Promise.resolve('waits')])).toBe('waits');
  });

  test('returns to its queue when its message can neither be held any longer nor parked', async () => {
    canForward = false;
    await Promise.all(Array.from({ length: 4 }, () => permit()));
    expect(await enter(one, { untilMs: performance.now() + 100 })).toEqual({ kind: 'returned' });
  });

  test('goes on alone when it shares its message with other tasks', async () => {
    await Promise.all(Array.from({ length: 4 }, () => permit()));
    const kept = enter();
    expect(await enter(one, { isShared: true })).toEqual({ kind: 'alone' });
    expect(await Promise.race([kept, Promise.resolve('waits')])).toBe('waits');
  });
});

describe('when another lane needs the worker', () => {
  test('a waiting task is parked after about a second', async () => {
    await Promise.all(Array.from({ length: 4 }, () => permit()));
    const waiting = enter();
    admitLater(other);
    const start = performance.now();
    expect((await waiting).kind).toBe('park');
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  test('a task of the other lane goes at once, however many tasks wait in the first lane', async () => {
    await Promise.all(Array.from({ length: 4 }, () => permit()));
    const waiting = Array.from({ length: 16 }, () => enter());
    expect((await enter(other)).kind).toBe('go');
    lanes.close();
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(Array.from({ length: 16 }, () => 'park'));
  });
});

describe('while the broker takes no messages', () => {
  test('no task is parked; afterwards the tasks that have waited too long are', async () => {
    canForward = false;
    for (let index = 0; index < 5; index += 1) (await permit()).leave('error', 1);
    await Promise.all(Array.from({ length: 4 }, () => permit(other)));
    const waiting = [enter(), enter(other)];
    pausedMs = 1_500;
    // The check that returns this task looks at all tasks that wait.
    expect((await enter(one, { isOurs: () => false })).kind).toBe('returned');
    expect(await Promise.race([...waiting, Promise.resolve('wait')])).toBe('wait');
    canForward = true;
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(['park', 'park']);
  });
});

test('a breaker that opens parks the waiting tasks', async () => {
  const permits = await Promise.all(Array.from({ length: 4 }, () => permit()));
  const waiting = enter();
  for (const { leave } of permits) leave('error', 1);
  (await permit()).leave('error', 1);
  expect(await waiting).toMatchObject({ kind: 'go' });
  expect(await enter()).toEqual(parked(30_000));
});

test('a task is parked on admission only while the breaker of its receiver is open', async () => {
  expect(admitLater()).toEqual({ kind: 'forward' });
  for (let index = 0; index < 5; index += 1) (await permit()).leave('error', 1);
  expect(admitLater()).toEqual(parked(30_000));
  expect(admitLater(other)).toEqual({ kind: 'forward' });
  expect(admitLater(subscriptionOf({ id: 1, callbackUrl: 'http://127.0.0.1:9/moved' }))).toEqual({ kind: 'forward' });
});

test('a task that dispatch may call at once enters its lane when its receiver is fast', async () => {
  const admit = () => lanes.admit(one, { ...fresh, hold: ours, mayCall: true });
  const admitted = Array.from({ length: 4 }, admit);
  for (const each of admitted) expect(each).toMatchObject({ kind: 'call', isFast: true, entry: { kind: 'go' } });
  const fifth = admit();
  expect(fifth).toMatchObject({ kind: 'call', isFast: true, entry: expect.any(Promise) });
  for (const each of admitted) if (each.kind === 'call') ((await each.entry) as Permit).leave('timeout', 5_000);
  expect(fifth.kind === 'call' && (await fifth.entry).kind).toBe('go');
  expect(admit()).toEqual({ kind: 'forward' });
});

test('a subscription with another URL begins a new lane', async () => {
  for (let index = 0; index < 5; index += 1) (await permit()).leave('error', 1);
  expect((await enter()).kind).toBe('park');
  expect((await enter(subscriptionOf({ id: 1, callbackUrl: 'http://127.0.0.1:9/moved' }))).kind).toBe('go');
});

test('after closing, every task is parked for a second', async () => {
  lanes.close();
  expect(await enter()).toEqual(parked(1_000));
});
