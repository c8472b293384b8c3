import { expect, test } from '@jest/globals';
import { createRoom } from '../src/receivers/room.js';

/** Work that ends when it is told to. */
function workOf() {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { work: () => done, end };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a place is taken for as long as the work lasts, also when it fails', async () => {
  const room = createRoom({ places: 1, waitMs: 60_000 });
  const { work, end } = workOf();
  const working = room.during(work);
  expect(room.hasPlace()).toBe(false);
  end();
  await working;
  expect(room.hasPlace()).toBe(true);
  await expect(room.during(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(room.hasPlace()).toBe(true);
});

test('whoever waits goes when a place is free, the first one first', async () => {
  const room = createRoom({ places: 2, waitMs: 60_000 });
  const works = [workOf(), workOf()];
  works.forEach(({ work }) => void room.during(work));
  const order: number[] = [];
  const waiting = [1, 2].map((place) => room.soon().then(() => order.push(place)));
  await turn();
  expect(order).toEqual([]);
  works[1]?.end();
  await turn();
  expect(order).toEqual([1]);
  works[0]?.end();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
});

test('nobody waits longer than the wait', async () => {
  const room = createRoom({ places: 1, waitMs: 20 });
  const { work, end } = workOf();
  const working = room.during(work);
  await room.soon();
  expect(room.hasPlace()).toBe(false);
  end();
  await working;
});
