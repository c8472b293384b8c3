import { expect, test } from '@jest/globals';
import { createCallSlots } from '../src/receivers/call-slots.js';

/** Work that ends when `end` is called. */
function workOf() {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { work: () => done, end };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('work takes a slot until it ends or fails', async () => {
  const slots = createCallSlots({ slots: 1, waitMs: 60_000 });
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
  const slots = createCallSlots({ slots: 2, waitMs: 60_000 });
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

test('no caller waits longer than `waitMs`', async () => {
  const slots = createCallSlots({ slots: 1, waitMs: 20 });
  const { work, end } = workOf();
  const working = slots.during(work);
  await slots.untilFree();
  expect(slots.hasFree()).toBe(false);
  end();
  await working;
});
