import { afterEach, expect, jest, test } from '@jest/globals';
import { createCallSlots } from '../src/receivers/call-slots.js';

afterEach(() => void jest.useRealTimers());

/** Work that ends when `end` is called. */
function workOf() {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { work: () => done, end };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('work takes a slot until it ends or fails', async () => {
  const slots = createCallSlots({ slots: 1, beyond: 0, waitMs: 60_000 });
  const { work, end } = workOf();
  const working = slots.during(work);
  expect(slots.hasFree()).toBe(false);
  end();
  await working;
  expect(slots.hasFree()).toBe(true);
  await expect(slots.during(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(slots.hasFree()).toBe(true);
});

test('callers wait for free slots in FIFO order', async () => {
  const slots = createCallSlots({ slots: 2, beyond: 0, waitMs: 60_000 });
  const works = [workOf(), workOf()];
  works.forEach(({ work }) => void slots.during(work));
  const order: number[] = [];
  const waiting = [1, 2].map((caller) => slots.untilFree().then(() => order.push(caller)));
  await turn();
  expect(order).toEqual([]);
  works[1]?.end();
  await turn();
  expect(order).toEqual([1]);
  works[0]?.end();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
});

test('events that have begun may exceed the slots, and the next event begins when a slot is free', async () => {
  const slots = createCallSlots({ slots: 1, beyond: 1, waitMs: 60_000 });
  const [first, second] = [workOf(), workOf()];
  const working = slots.during(first.work);
  expect([slots.hasFree(), slots.hasRoom()]).toEqual([false, true]);
  void slots.during(second.work);
  expect(slots.hasRoom()).toBe(false);
  let begins = false;
  const waiting = slots.untilFree().then(() => (begins = true));
  first.end();
  await working;
  await turn();
  expect([begins, slots.hasRoom()]).toEqual([false, true]);
  second.end();
  await waiting;
  expect(slots.hasFree()).toBe(true);
});

test('no caller waits longer than `waitMs` while callbacks are slow', async () => {
  const slots = createCallSlots({ slots: 1, beyond: 0, waitMs: 20 });
  const { work, end } = workOf();
  const working = slots.during(work);
  await slots.untilFree();
  expect(slots.hasFree()).toBe(false);
  end();
  await working;
});

test('callers wait for as long as callbacks are fast', async () => {
  jest.useFakeTimers();
  const slots = createCallSlots({ slots: 2, beyond: 1, waitMs: 100 });
  const works = [workOf(), workOf(), workOf()];
  works.forEach(({ work }) => void slots.during(work));
  let begins = false;
  void slots.untilFree().then(() => (begins = true));
  for (let passedMs = 0; passedMs < 1_000; passedMs += 50) {
    works.shift()?.end();
    works.push(workOf());
    void slots.during(works.at(-1)!.work);
    await jest.advanceTimersByTimeAsync(50);
  }
  expect(begins).toBe(false);
  await jest.advanceTimersByTimeAsync(200);
  expect(begins).toBe(true);
  works.forEach(({ end }) => end());
});
