import { createSlots } from '@callbus/concurrency/slots';
import { expect, test } from '@jest/globals';

test('work that needs several slots begins when one is free, and later work does not overtake it', async () => {
  const slots = createSlots(2);
  const begun: string[] = [];
  const take = async (name: string, count: number) => {
    const turn = slots.take(count);
    if (turn !== undefined) await turn;
    begun.push(name);
  };
  const first = Promise.all([take('a', 1), take('b', 1)]);
  const batch = take('batch', 3);
  const last = take('last', 1);
  await first;
  expect([slots.taken(), slots.waiting()]).toEqual([2, 2]);

  slots.free();
  await batch;
  expect([slots.taken(), slots.waiting()]).toEqual([4, 1]);
  slots.free(3);
  await last;
  expect(begun).toEqual(['a', 'b', 'batch', 'last']);
  expect([slots.taken(), slots.waiting()]).toEqual([2, 0]);
});
