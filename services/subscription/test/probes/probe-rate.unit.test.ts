import { expect, test } from '@jest/globals';
import { createProbeRate } from '../../src/probes/probe-rate.js';

function rateAt(clock: { ms: number }) {
  return createProbeRate({ perSecond: 10, burst: 100, now: () => clock.ms });
}

test('after a pause a hundred pass at once, then ten per second', () => {
  const clock = { ms: 5_000 };
  const rate = rateAt(clock);
  const passing = (count: number) =>
    Array.from({ length: count }, () => rate.take('a')).filter((fault) => !fault).length;
  expect(passing(150)).toBe(100);
  clock.ms += 1_000;
  expect(passing(150)).toBe(10);
  clock.ms += 60_000;
  expect(passing(150)).toBe(100);
});

test('what is refused says when to come again, and counts for its account alone', () => {
  const rate = createProbeRate({ perSecond: 1, burst: 1, now: () => 0 });
  expect(rate.take('a')).toBeUndefined();
  expect(rate.take('a')).toMatchObject({
    code: 1199029,
    status: 429,
    retryAfterS: 1,
    message: { en: 'too much at once: more than 1 pings, telnets and verifications of this account per second' },
  });
  expect(rate.take('b')).toBeUndefined();
});

test('accounts that have none left are named until they have one again', () => {
  const clock = { ms: 0 };
  const rate = rateAt(clock);
  rate.take('b');
  for (let probe = 0; probe < 100; probe += 1) rate.take('a');
  expect(rate.accountsWithout()).toEqual(['a']);
  clock.ms += 100;
  expect(rate.accountsWithout()).toEqual([]);
});

test('accounts that have all of their probes left are forgotten', () => {
  const clock = { ms: 0 };
  const rate = rateAt(clock);
  for (let account = 0; account < 10_000; account += 1) rate.take(String(account));
  clock.ms += 60_000;
  for (let probe = 0; probe < 100; probe += 1) rate.take('spent');
  for (let account = 0; account < 10_000; account += 1) rate.take(`more ${account}`);
  expect(rate.take('spent')).toBeDefined();
});
