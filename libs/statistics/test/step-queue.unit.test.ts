import { expect, it } from '@jest/globals';
import type { EventStep } from '../src/statistics.js';
import { createStepQueue } from '../src/step-queue.js';

it('gives steps out as they came in, and lets the oldest go when nobody takes them', () => {
  const queue = createStepQueue();
  const push = (at: number) =>
    queue.push({ kind: 'ended', account: '0', eventId: 'e', at, subscription: 1, how: 'dropped' } satisfies EventStep);
  const ats = (limit: number) => queue.take(limit).map(({ at }) => at);
  for (let at = 0; at < 5; at += 1) push(at);
  expect(ats(3)).toEqual([0, 1, 2]);
  expect(ats(3)).toEqual([3, 4]);

  for (let at = 0; at < 100_000; at += 1) push(at);
  expect(queue.size()).toBeGreaterThanOrEqual(20_000);
  expect(queue.size()).toBeLessThan(40_000);
  expect(ats(100_000).at(-1)).toBe(99_999);
  expect(queue.size()).toBe(0);
});
