import { expect, test } from '@jest/globals';
import { createTurns } from '../src/receivers/turns.js';

test('many messages are spread over turns of the event loop, in FIFO order, with other work in between', async () => {
  const turns = createTurns({ each: 2 });
  const order: (number | 'other')[] = [];
  const crowd = Array.from({ length: 6 }, (_, index) => turns.next().then(() => order.push(index)));
  setImmediate(() => order.push('other'));
  await Promise.all(crowd);
  expect(order.filter((each) => each !== 'other')).toEqual([0, 1, 2, 3, 4, 5]);
  expect(order.indexOf('other')).toBeLessThan(order.indexOf(5));
});
