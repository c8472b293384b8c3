import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';
import { expect, test } from '@jest/globals';

test('runs as many at once as it may, and the others in the order in which they came', async () => {
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

test('work that fails gives its place back, and fails for whoever asked for it', async () => {
  const limited = limitConcurrency(1);
  await expect(limited(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await limited(() => Promise.resolve('done'))).toBe('done');
});
