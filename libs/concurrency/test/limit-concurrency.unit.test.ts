import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import { expect, test } from '@jest/globals';

test('runs work up to the limit at once, and the rest in FIFO order', async () => {
  const limited = limitConcurrency(2);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string) =>
    limited(() => {
      started.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    });
  const all = ['a', 'b', 'c', 'd'].map(begin);
  expect(started).toEqual(['a', 'b']);
  ends.get('b')!();
  await all[1];
  expect(started).toEqual(['a', 'b', 'c']);
  ends.get('a')!();
  await all[0];
  expect(started).toEqual(['a', 'b', 'c', 'd']);
  ends.get('c')!();
  ends.get('d')!();
  await Promise.all(all);
});

test('failed work frees its slot, and its error reaches the caller', async () => {
  const limited = limitConcurrency(1);
  await expect(limited(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await limited(() => Promise.resolve('done'))).toBe('done');
});
