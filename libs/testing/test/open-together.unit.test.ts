import { expect, test } from '@jest/globals';
import { openTogether } from '../src/open-together.js';

test('when one of several fails, those that are open or still opening are closed, the last one first', async () => {
  const closed: string[] = [];
  const later = (name: string) => new Promise<string>((resolve) => setImmediate(() => resolve(name)));
  const opening = openTogether(async (open) => {
    const close = (name: string) => closed.push(name);
    await open(Promise.resolve('first'), close);
    await Promise.all([
      open(later('second'), close),
      open(Promise.reject<string>(new Error('no third')), close),
      open(later('fourth'), () => Promise.reject(new Error('does not close'))),
    ]);
  });
  await expect(opening).rejects.toThrow('no third');
  expect(closed).toEqual(['second', 'first']);
});

test('when nothing fails, nothing is closed', async () => {
  const closed: string[] = [];
  expect(await openTogether((open) => open(Promise.resolve('one'), (name) => closed.push(name)))).toBe('one');
  expect(closed).toEqual([]);
});
