import { expect, test } from '@jest/globals';
import { createProbeRate } from '../../src/probes/probe-rate.js';

function rateAt(clock: { ms: number }) {
  return createProbeRate({ perSecond: 10, burst: 100, now: () => clock.ms });
}

test('allows a hundred probes at once after a pause, then ten per second', () => {
  const clock = { ms: 5_000 };
  const rate = rateAt(clock);
  const allowed = (count: number) =>
    Array.from({ length: count }, () => rate.take('a')).filter((fault) => !fault).length;
  expect(allowed(150)).toBe(100);
  clock.ms += 1_000;
  expect(allowed(150)).toBe(10);
  clock.ms += 60_000;
  expect(allowed(150)).toBe(100);
});

test('refuses further probes of one account with a time to wait', () => {
  const rate = createProbeRate({ perSecond: 1, burst: 1, now: () => 0 });
  expect(rate.take('a')).toBeUndefined();
  expect(rate.take('a')).toMatchObject({
    code: 1199029,
    status: 429,
    retryAfterS: 1,
    message: { en: 'too many requests: more than 1 pings, telnets and verifications per second' },
  });
  expect(rate.take('b')).toBeUndefined();
});

test('names the accounts that have no probes left', () => {
  const clock = { ms: 0 };
  const rate = rateAt(clock);
  rate.take('b');
  for (let probe = 0; probe < 100; probe += 1) rate.take('a');
  expect(rate.exhaustedAccounts()).toEqual(['a']);
  clock.ms += 100;
  expect(rate.exhaustedAccounts()).toEqual([]);
});

test('forgets only accounts that have all their probes left', () => {
  const clock = { ms: 0 };
  const rate = rateAt(clock);
  for (let account = 0; account < 10_000; account += 1) rate.take(String(account));
  clock.ms += 60_000;
  for (let probe = 0; probe < 100; probe += 1) rate.take('spent');
  for (let account = 0; account < 10_000; account += 1) rate.take(`more ${account}`);
  expect(rate.take('spent')).toBeDefined();
});
