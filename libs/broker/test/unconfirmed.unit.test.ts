import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createUnconfirmed } from '../src/rabbitmq/publishing/unconfirmed.js';
import { createCapacity, isFull } from '../src/rabbitmq/publishing/unconfirmed-capacity.js';

const opened: ReturnType<typeof createUnconfirmed>[] = [];
afterEach(() => opened.forEach((unconfirmed) => unconfirmed.close('test is over')));

interface Given {
  readonly confirmTimeoutMs?: number;
  readonly maxMessages?: number;
  readonly maxBytes?: number;
}

function create({ confirmTimeoutMs = 60_000, maxMessages = 1_000, maxBytes = 1_000_000 }: Given = {}) {
  const capacity = createCapacity({ maxMessages, maxBytes });
  const nothing = () => undefined;
  const unconfirmed = createUnconfirmed({
    confirmTimeoutMs,
    capacity,
    createError: (reason) => new Error(reason),
    health: { taken: nothing, nacked: nothing, unconfirmed: nothing, returned: nothing },
  });
  opened.push(unconfirmed);
  return Object.assign(unconfirmed, { isFull: () => isFull(capacity) });
}

/** @returns a function that reads the current state of each promise */
function follow(promises: readonly Promise<void>[]) {
  const states: string[] = promises.map(() => 'waiting');
  promises.forEach((promise, index) => {
    promise.then(
      () => (states[index] = 'confirmed'),
      (error: unknown) => (states[index] = (error as Error).message),
    );
  });
  return async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return states;
  };
}

describe('unconfirmed messages', () => {
  it('are settled by the first confirm or refusal that names them, in any sequence of single and multiple ones', async () => {
    const answer = fc.record({ tag: fc.integer({ min: 1, max: 30 }), isMultiple: fc.boolean(), isTaken: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.array(answer, { maxLength: 20 }), async (count, answers) => {
        const unconfirmed = create();
        const states = follow(Array.from({ length: count }, () => unconfirmed.add(10, undefined)));
        const expected = Array.from({ length: count }, () => 'waiting');
        for (const { tag, isMultiple, isTaken } of answers) {
          unconfirmed[isTaken ? 'confirm' : 'refuse'](tag, isMultiple);
          for (let index = isMultiple ? 0 : tag - 1; index < Math.min(tag, count); index += 1) {
            if (expected[index] === 'waiting')
              expected[index] = isTaken ? 'confirmed' : 'the queue refused the message';
          }
        }
        expect(await states()).toEqual(expected);
        unconfirmed.close('the channel is gone');
        expect(await states()).toEqual(expected.map((each) => (each === 'waiting' ? 'the channel is gone' : each)));
      }),
    );
  });

  it('use up the capacity by number or by bytes, until the broker confirms', () => {
    for (const limits of [{ maxMessages: 2 }, { maxBytes: 200 }]) {
      const unconfirmed = create(limits);
      follow([unconfirmed.add(100, undefined), unconfirmed.add(100, undefined)]);
      expect(unconfirmed.isFull()).toBe(true);
      unconfirmed.failAll('blocked');
      expect(unconfirmed.isFull()).toBe(true);
      unconfirmed.confirm(1, false);
      expect(unconfirmed.isFull()).toBe(false);
    }
  });

  it('wake callers that wait for capacity when half of it is free, and when the channel is gone', async () => {
    const unconfirmed = create({ maxMessages: 4 });
    follow([1, 2, 3, 4].map(() => unconfirmed.add(1, undefined)));
    const states = follow(Array.from({ length: 6 }, () => unconfirmed.untilFree()));
    unconfirmed.confirm(1, false);
    expect(await states()).toEqual(Array(6).fill('waiting'));
    unconfirmed.confirm(2, false);
    expect(await states()).toEqual(['confirmed', 'confirmed', 'waiting', 'waiting', 'waiting', 'waiting']);
    unconfirmed.close('the channel is gone');
    expect(await states()).toEqual(Array(6).fill('confirmed'));
  });

  it('are rejected when their time-out is over, and a later confirm is ignored', async () => {
    const unconfirmed = create({ confirmTimeoutMs: 50 });
    const start = performance.now();
    const first = unconfirmed.add(1, undefined);
    await expect(first).rejects.toThrow('no confirm within 50 ms');
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);

    const second = unconfirmed.add(1, undefined);
    const third = unconfirmed.add(1, undefined);
    unconfirmed.confirm(2, true);
    await second;
    await expect(third).rejects.toThrow('no confirm');
    expect(performance.now() - start).toBeGreaterThanOrEqual(98);
  });

  it('are drained when every publish has resolved or rejected', async () => {
    const unconfirmed = create();
    await unconfirmed.drained();
    const states = follow([
      unconfirmed.add(1, undefined),
      unconfirmed.add(1, undefined),
      unconfirmed.add(1, undefined),
    ]);
    let isDrained = false;
    const drained = unconfirmed.drained().then(() => (isDrained = true));
    unconfirmed.confirm(1, false);
    unconfirmed.returned(2, 'unroutable');
    expect(await states()).toEqual(['confirmed', 'unroutable', 'waiting']);
    expect(isDrained).toBe(false);
    unconfirmed.confirm(3, false);
    await drained;
  });
});
