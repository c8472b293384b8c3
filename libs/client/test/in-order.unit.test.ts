import { expect, test } from '@jest/globals';
import { inOrder } from '../src/publishing/in-order.js';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Work that ends when the test says so. */
function createWork() {
  const ends = new Map<number, () => void>();
  let most = 0;
  return {
    work: (item: number) => {
      const done = new Promise<number>((resolve) => ends.set(item, () => resolve(item * 10)));
      most = Math.max(most, ends.size);
      return done;
    },
    end: (item: number) => {
      ends.get(item)?.();
      ends.delete(item);
    },
    underWay: () => [...ends.keys()],
    most: () => most,
  };
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};

test('results come in the order of the items, and at most so many items are under way', async () => {
  const { work, end, underWay, most } = createWork();
  const results = all(inOrder([1, 2, 3, 4, 5], 2, work));
  await turns(50);
  expect(underWay()).toEqual([1, 2]);
  end(2);
  await turns(50);
  expect(underWay()).toEqual([1]);
  for (const item of [1, 3, 4, 5]) {
    end(item);
    await turns(50);
  }
  expect(await results).toEqual([10, 20, 30, 40, 50]);
  expect(most()).toBe(2);
});

test('a result does not wait for the next item', async () => {
  async function* slowly() {
    yield 1;
    await new Promise(() => undefined);
  }
  const results = inOrder(slowly(), 10, (item) => Promise.resolve(item));
  expect(await results.next()).toEqual({ done: false, value: 1 });
  await results.return();
});

test('a reader that leaves early ends the source', async () => {
  let isEnded = false;
  function* items() {
    try {
      for (let item = 1; ; item += 1) yield item;
    } finally {
      isEnded = true;
    }
  }
  for await (const result of inOrder(items(), 3, (item) => Promise.resolve(item))) if (result === 2) break;
  expect(isEnded).toBe(true);
});

test('the error of a source comes after the results of its items', async () => {
  function* items() {
    yield 1;
    throw new Error('no more lines');
  }
  const results = inOrder(items(), 3, (item) => Promise.resolve(item));
  expect(await results.next()).toEqual({ done: false, value: 1 });
  await expect(results.next()).rejects.toThrow('no more lines');
});
