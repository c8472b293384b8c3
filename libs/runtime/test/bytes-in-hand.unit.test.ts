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

/** One whose other side is waited for. */
function open(name: string, bytes: number): Holding {
  const holding = inHand.open();
  inHand.waitFor(holding, () => cut.push(name));
  inHand.grow(holding, bytes);
  return holding;
}

/** One that is worked on. */
function working(bytes: number): boolean {
  return inHand.grow(inHand.open(), bytes);
}

describe('when there is room', () => {
  test('nobody is cut, and what is given back can be held again', () => {
    for (let turn = 0; turn < 100; turn += 1) inHand.release(open('', 5 * MiB));
    expect([cut, inHand.bytes(), inHand.cuts()]).toEqual([[], 0, 0]);
  });
});

describe('when there is none', () => {
  test('the slowest is cut first, by what has come of late', () => {
    const burst = open('a burst, and nothing since', 5 * MiB);
    const steady = open('steady', MiB);
    nowMs = 5_000;
    inHand.grow(steady, 2 * MiB);
    const fresh = open('fresh', MiB);
    nowMs = 5_100;
    expect(inHand.grow(fresh, 6 * MiB)).toBe(true);
    expect(cut).toEqual(['a burst, and nothing since']);
    expect([burst.bytes, steady.bytes, fresh.bytes]).toEqual([0, 3 * MiB, 7 * MiB]);
    expect(inHand.bytes()).toBe(10 * MiB);
  });

  test('one that has just begun is judged by its average, not by how little has come', () => {
    open('slow', 8 * MiB);
    nowMs = 10_000;
    open('fresh', 4 * MiB);
    nowMs = 10_001;
    const fresh = open('fresher', MiB);
    expect(inHand.grow(fresh, 2 * MiB)).toBe(true);
    expect(cut).toEqual(['slow']);
  });

  test('who holds little is cut last', () => {
    for (let index = 0; index < 10; index += 1) open(`small ${index}`, 1_000);
    nowMs = 1_000;
    for (let index = 0; index < 10; index += 1) open(`large ${index}`, 2 * MiB);
    expect(cut.length).toBeGreaterThan(2);
    expect(cut.filter((name) => name.startsWith('small'))).toEqual([]);
  });

  test('many who hold little are bounded too', () => {
    for (let index = 0; index < 2_000; index += 1) open(String(index), 32 * 1024);
    expect(inHand.bytes()).toBeLessThanOrEqual(16 * MiB);
    expect(cut.length).toBe(inHand.cuts());
    expect(cut.length).toBeGreaterThan(1_000);
  });

  test('one that is slowest itself is cut itself', () => {
    const slow = open('slow', MiB);
    nowMs = 10_000;
    for (let index = 0; index < 6; index += 1) open(`fast ${index}`, 2 * MiB);
    expect(inHand.grow(slow, 2 * MiB)).toBe(false);
    expect([cut, slow.bytes]).toEqual([['slow'], 0]);
  });

  test('what is worked on is never cut: a large newcomer is refused, a small one is not', () => {
    expect([working(5 * MiB), working(5 * MiB), working(3 * MiB)]).toEqual([true, true, true]);
    expect(working(2 * MiB)).toBe(false);
    expect(working(60_000)).toBe(true);
    expect([inHand.bytes(), inHand.cuts()]).toEqual([13 * MiB + 60_000, 1]);
  });
});
