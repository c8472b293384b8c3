import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createCallSlots, type CallSlots } from '../src/receivers/call-slots.js';

const waitMs = 100;
let isBusy: boolean;

beforeEach(() => {
  isBusy = false;
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());

const create = (slots: number, beyond = 0) => createCallSlots({ slots, beyond, waitMs, isBusy: () => isBusy });

/** Begins a callback, which ends when the returned function is called. */
function begin(slots: CallSlots): () => Promise<void> {
  let end: () => void = () => undefined;
  const working = slots.during(() => new Promise<void>((resolve) => (end = resolve)));
  return () => {
    end();
    return working;
  };
}

/** Waits for a slot. @returns the result, undefined until there is one */
function waitForSlot(slots: CallSlots): { hasSlot: boolean | undefined } {
  const wait: { hasSlot: boolean | undefined } = { hasSlot: undefined };
  void slots.untilTaken().then((hasSlot) => (wait.hasSlot = hasSlot));
  return wait;
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('a callback takes a slot until it ends or fails', async () => {
  const slots = create(1);
  const end = begin(slots);
  expect(slots.take()).toBe(false);
  await end();
  await expect(slots.during(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(slots.take()).toBe(true);
  expect(slots.take()).toBe(false);
  slots.free();
  expect(slots.take()).toBe(true);
});

test('events that have begun may exceed the slots', async () => {
  const slots = create(1, 1);
  const ends = [begin(slots)];
  expect([slots.take(), slots.hasRoom()]).toEqual([false, true]);
  ends.push(begin(slots));
  expect(slots.hasRoom()).toBe(false);
  const wait = waitForSlot(slots);
  await ends[0]!();
  await pass(0);
  expect([wait.hasSlot, slots.hasRoom()]).toEqual([undefined, true]);
  await ends[1]!();
  await pass(0);
  expect([wait.hasSlot, slots.take()]).toEqual([true, false]);
});

test('events get free slots in the order of their arrival, and one event each slot', async () => {
  const slots = create(2);
  const ends = [begin(slots), begin(slots)];
  const waits = [1, 2, 3].map(() => waitForSlot(slots));
  await ends[1]!();
  await pass(0);
  expect(waits.map(({ hasSlot }) => hasSlot)).toEqual([true, undefined, undefined]);
  slots.free();
  await pass(0);
  expect(waits.map(({ hasSlot }) => hasSlot)).toEqual([true, true, undefined]);
});

test('an event stops waiting when half of the slots are taken by slow callbacks', async () => {
  const slots = create(4);
  const slow = [begin(slots), begin(slots)];
  await pass(waitMs);
  const fast = [begin(slots), begin(slots)];
  const wait = waitForSlot(slots);
  await pass(waitMs / 2);
  expect(wait.hasSlot).toBeUndefined();
  await pass(waitMs);
  expect(wait.hasSlot).toBe(false);
  await Promise.all([...slow, ...fast].map((end) => end()));
  expect(slots.take()).toBe(true);
});

test('an event waits for as long as callbacks are fast, or the worker is busy', async () => {
  const slots = create(2);
  const underWay = [begin(slots), begin(slots), begin(slots)];
  const wait = waitForSlot(slots);
  for (let passedMs = 0; passedMs < 10 * waitMs; passedMs += 10) {
    underWay.push(begin(slots));
    void underWay.shift()?.();
    await pass(10);
  }
  isBusy = true;
  await pass(10 * waitMs);
  expect(wait.hasSlot).toBeUndefined();
  isBusy = false;
  await pass(waitMs);
  expect(wait.hasSlot).toBe(false);
});
