import { createBytesInHand, type BytesInHand, type Holding } from '@callbus/runtime/http/bytes-in-hand';
import { beforeEach, describe, expect, test } from '@jest/globals';

const MiB = 1024 * 1024;

let nowMs: number;
let inHand: BytesInHand;
let cut: string[];
beforeEach(() => {
  nowMs = 0;
  cut = [];
  inHand = createBytesInHand({ limit: 16 * MiB, now: () => nowMs });
});

/** Opens a request that waits for its client. */
function open(name: string, bytes: number): Holding {
  const holding = inHand.open();
  inHand.waitFor(holding, () => cut.push(name));
  inHand.grow(holding, bytes);
  return holding;
}

/** Opens a request that is being processed. @returns whether it was accepted */
function accepts(bytes: number): boolean {
  return inHand.grow(inHand.open(), bytes);
}

describe('below the limit', () => {
  test('no request is cut, and released bytes can be used again', () => {
    for (let turn = 0; turn < 100; turn += 1) inHand.release(open('', 5 * MiB));
    expect([cut, inHand.bytes(), inHand.cuts()]).toEqual([[], 0, 0]);
  });
});

describe('at the limit', () => {
  test('the request of the client that was slowest recently is cut first', () => {
    const burst = open('a burst, then silence', 5 * MiB);
    const steady = open('steady', MiB);
    nowMs = 5_000;
    inHand.grow(steady, 2 * MiB);
    const fresh = open('fresh', MiB);
    nowMs = 5_100;
    expect(inHand.grow(fresh, 6 * MiB)).toBe(true);
    expect(cut).toEqual(['a burst, then silence']);
    expect([burst.bytes, steady.bytes, fresh.bytes]).toEqual([0, 3 * MiB, 7 * MiB]);
    expect(inHand.bytes()).toBe(10 * MiB);
  });

  test('a new request is compared by its average pace, not by its few bytes', () => {
    open('slow', 8 * MiB);
    nowMs = 10_000;
    open('fresh', 4 * MiB);
    nowMs = 10_001;
    const fresh = open('fresher', MiB);
    expect(inHand.grow(fresh, 2 * MiB)).toBe(true);
    expect(cut).toEqual(['slow']);
  });

  test('small requests are cut last', () => {
    for (let index = 0; index < 10; index += 1) open(`small ${index}`, 1_000);
    nowMs = 1_000;
    for (let index = 0; index < 10; index += 1) open(`large ${index}`, 2 * MiB);
    expect(cut.length).toBeGreaterThan(2);
    expect(cut.filter((name) => name.startsWith('small'))).toEqual([]);
  });

  test('many small requests are limited too', () => {
    for (let index = 0; index < 2_000; index += 1) open(String(index), 32 * 1024);
    expect(inHand.bytes()).toBeLessThanOrEqual(16 * MiB);
    expect(cut.length).toBe(inHand.cuts());
    expect(cut.length).toBeGreaterThan(1_000);
  });

  test('a growing request is cut if its own client is the slowest', () => {
    const slow = open('slow', MiB);
    nowMs = 10_000;
    for (let index = 0; index < 6; index += 1) open(`fast ${index}`, 2 * MiB);
    expect(inHand.grow(slow, 2 * MiB)).toBe(false);
    expect([cut, slow.bytes]).toEqual([['slow'], 0]);
  });

  test('requests in processing are never cut: a new large request is refused, a new small one is not', () => {
    expect([accepts(5 * MiB), accepts(5 * MiB), accepts(3 * MiB)]).toEqual([true, true, true]);
    expect(accepts(2 * MiB)).toBe(false);
    expect(accepts(60_000)).toBe(true);
    expect([inHand.bytes(), inHand.cuts()]).toEqual([13 * MiB + 60_000, 1]);
  });
});
