import { expect, test } from '@jest/globals';
import { createTurns } from '../src/receivers/turns.js';

test('a crowd goes on a few a turn, in the order of coming, and others get their turn in between', async () => {
  const turns = createTurns({ each: 2 });
  const order: (number | 'other')[] = [];
  const crowd = Array.from({ length: 6 }, (_, index) => turns.next().then(() => order.push(index)));
  setImmediate(() => order.push('other'));
  await Promise.all(crowd);
  expect(order.filter((each) => each !== 'other')).toEqual([0, 1, 2, 3, 4, 5]);
  expect(order.indexOf('other')).toBeLessThan(order.indexOf(5));
});
