import { expect, it } from '@jest/globals';
import { createNewestQueue } from '../../src/history/newest-queue.js';

it('returns items in the order of their arrival, and drops the oldest while none are taken', () => {
  const queue = createNewestQueue<number>();
  for (let n = 0; n < 5; n += 1) queue.push(n);
  expect(queue.take(3)).toEqual([0, 1, 2]);
  expect(queue.take(3)).toEqual([3, 4]);

  for (let n = 0; n < 100_000; n += 1) queue.push(n);
  expect(queue.size()).toBeGreaterThanOrEqual(20_000);
  expect(queue.size()).toBeLessThan(40_000);
  expect(queue.take(100_000).at(-1)).toBe(99_999);
  expect(queue.size()).toBe(0);
});
