import { expect, jest, test } from '@jest/globals';
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

test('no caller waits longer than `waitMs` while the work under way is slow', async () => {
  const slots = createCallSlots({ slots: 1, waitMs: 20 });
  const { work, end } = workOf();
  const working = slots.during(work);
  await slots.untilFree();
  expect(slots.hasFree()).toBe(false);
  end();
  await working;
});

test('a caller waits for as long as the work under way is fast', async () => {
  jest.useFakeTimers();
  try {
    const waitMs = 100;
    const slots = createCallSlots({ slots: 1, waitMs });
    const begin = () => {
      const each = workOf();
      void slots.during(each.work);
      return each;
    };
    const underWay = [begin(), begin()];
    let isWaiting = true;
    const waiting = slots.untilFree().then(() => (isWaiting = false));
    for (let passedMs = 0; passedMs < 10 * waitMs; passedMs += 10) {
      underWay.push(begin());
      underWay.shift()?.end();
      await jest.advanceTimersByTimeAsync(10);
    }
    expect(isWaiting).toBe(true);
    // Nothing ends any more, so the work under way becomes slow.
    await jest.advanceTimersByTimeAsync(2 * waitMs);
    await waiting;
    expect(isWaiting).toBe(false);
    expect(slots.hasFree()).toBe(false);
  } finally {
    jest.useRealTimers();
  }
});

test('the slots may be exceeded, and a caller that waits goes on when fewer are taken', async () => {
  const slots = createCallSlots({ slots: 1, waitMs: 60_000 });
  const works = [workOf(), workOf()];
  works.forEach(({ work }) => void slots.during(work));
  expect([slots.hasFree(), slots.hasFree(1), slots.hasFree(2)]).toEqual([false, false, true]);
  let isWaiting = true;
  const waiting = slots.untilFree().then(() => (isWaiting = false));
  works[0]?.end();
  await turn();
  expect(isWaiting).toBe(true);
  works[1]?.end();
  await waiting;
});
