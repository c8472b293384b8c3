import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Hold } from '@callbus/broker/broker';
import { createLanes, type Lanes, type Pass } from '../src/receivers/lanes.js';
import { subscriptionOf } from './subscription-of.js';

const slots = 20;
let lanes: Lanes;
beforeEach(() => {
  lanes = createLanes({ slots, now: () => performance.now() });
});
afterEach(() => lanes.close());

const one = subscriptionOf({ id: 1 });
const other = subscriptionOf({ id: 2 });
const fresh = { isReturning: false };
const ours: Hold = { isOurs: () => true, untilMs: Infinity, isShared: false };
const enter = async (subscription = one, hold: Partial<Hold> = {}) =>
  lanes.enter(subscription, { ...fresh, hold: { ...ours, ...hold } });
/** What becomes of a task that is not to be called from here. */
const expected = (subscription = one) => lanes.admit(subscription, { ...fresh, hold: ours, mayCall: false });

async function pass(subscription = one): Promise<Pass> {
  const admission = await enter(subscription);
  if (admission.kind !== 'go') throw new Error('parked');
  return admission;
}

describe('a lane that is alone', () => {
  test('waits as long as it takes, and goes in the order of coming', async () => {
    const passes = await Promise.all(Array.from({ length: 4 }, () => pass()));
    const order: number[] = [];
    const waiting = Array.from({ length: 30 }, async (_, index) => {
      const next = await pass();
      order.push(index);
      next.leave('confirmed', 10);
    });
    for (const { leave } of passes) leave('confirmed', 10);
    await Promise.all(waiting);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).toHaveLength(30);
  });

  test('is still alone when it comes back after a pause', async () => {
    let pausedMs = 0;
    lanes.close();
    lanes = createLanes({ slots, now: () => performance.now() + pausedMs });
    for (let index = 0; index < 3; index += 1) (await pass()).leave('confirmed', 10_000);
    pausedMs = 11_000;
    const passes = await Promise.all(Array.from({ length: 4 }, () => pass()));
    const waiting = pass();
    for (const { leave } of passes) leave('confirmed', 10);
    await waiting;
  });
});

describe('what waits', () => {
  test('goes as soon as its message is not ours any more, and leaves no gap', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => pass()));
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

  test('is parked when it can be held no longer, though its lane is alone', async () => {
    await Promise.all(Array.from({ length: 4 }, () => pass()));
    const kept = enter();
    expect((await enter(one, { untilMs: performance.now() + 100 })).kind).toBe('park');
    expect(await Promise.race([kept, Promise.resolve('waits')])).toBe('waits');
  });

  test('goes back to its queue when it can be held no longer and nothing can be parked', async () => {
    lanes.close();
    lanes = createLanes({ slots, now: () => performance.now(), canPark: () => false });
    await Promise.all(Array.from({ length: 4 }, () => pass()));
    expect(await enter(one, { untilMs: performance.now() + 100 })).toEqual({ kind: 'returned' });
  });

  test('leaves a message that it shares with others', async () => {
    await Promise.all(Array.from({ length: 4 }, () => pass()));
    const kept = enter();
    expect(await enter(one, { isShared: true })).toEqual({ kind: 'alone' });
    expect(await Promise.race([kept, Promise.resolve('waits')])).toBe('waits');
  });
});

describe('when another subscription needs the worker', () => {
  test('what waits is parked after about a second', async () => {
    await Promise.all(Array.from({ length: 4 }, () => pass()));
    const waiting = enter();
    expected(other);
    const start = performance.now();
    expect((await waiting).kind).toBe('park');
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  test('the other goes at once, however many wait in the first lane', async () => {
    await Promise.all(Array.from({ length: 4 }, () => pass()));
    const waiting = Array.from({ length: 16 }, () => enter());
    expect((await enter(other)).kind).toBe('go');
    lanes.close();
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(Array.from({ length: 16 }, () => 'park'));
  });
});

describe('while the broker takes no messages', () => {
  test('nobody is parked, and when it takes them again whoever waited too long is', async () => {
    let canPark = false;
    lanes.close();
    lanes = createLanes({ slots, now: () => performance.now(), canPark: () => canPark });
    for (let index = 0; index < 5; index += 1) (await pass()).leave('error', 1);
    await Promise.all(Array.from({ length: 4 }, () => pass(other)));
    const waiting = [enter(), enter(other)];
    const first = Promise.race(waiting);
    expect(await Promise.race([first, sleep(1_500)])).toBeUndefined();
    canPark = true;
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(['park', 'park']);
  });
});

test('a breaker that opens parks those that wait', async () => {
  const passes = await Promise.all(Array.from({ length: 4 }, () => pass()));
  const waiting = enter();
  for (const { leave } of passes) leave('error', 1);
  (await pass()).leave('error', 1);
  expect(await waiting).toMatchObject({ kind: 'go' });
  expect(await enter()).toEqual({ kind: 'park', delayMs: 30_000 });
});

test('a task on its way to a receiver that is not called is parked before it comes, any other is not', async () => {
  expect(expected()).toEqual({ kind: 'forward' });
  for (let index = 0; index < 5; index += 1) (await pass()).leave('error', 1);
  expect(expected()).toEqual({ kind: 'park', delayMs: 30_000 });
  expect(expected(other)).toEqual({ kind: 'forward' });
  expect(expected(subscriptionOf({ id: 1, callbackUrl: 'http://127.0.0.1:9/moved' }))).toEqual({ kind: 'forward' });
});

test('a task that may be called from here enters the lane of a fast receiver, and no other', async () => {
  const admit = () => lanes.admit(one, { ...fresh, hold: ours, mayCall: true });
  const admitted = Array.from({ length: 4 }, admit);
  for (const each of admitted) expect(each).toMatchObject({ kind: 'call', isFast: true, entry: { kind: 'go' } });
  const fifth = admit();
  expect(fifth).toMatchObject({ kind: 'call', isFast: true, entry: expect.any(Promise) });
  for (const each of admitted) if (each.kind === 'call') ((await each.entry) as Pass).leave('timeout', 5_000);
  expect(fifth.kind === 'call' && (await fifth.entry).kind).toBe('go');
  expect(admit()).toEqual({ kind: 'forward' });
});

test('a subscription with another URL begins anew', async () => {
  for (let index = 0; index < 5; index += 1) (await pass()).leave('error', 1);
  expect((await enter()).kind).toBe('park');
  expect((await enter(subscriptionOf({ id: 1, callbackUrl: 'http://127.0.0.1:9/moved' }))).kind).toBe('go');
});

test('closed, everything is parked for a moment', async () => {
  lanes.close();
  expect(await enter()).toEqual({ kind: 'park', delayMs: 1_000 });
});
