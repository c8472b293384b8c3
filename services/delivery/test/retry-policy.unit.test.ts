import { describe, expect, test } from '@jest/globals';
import { defaultRetrySchedule, parseRetrySchedule } from '@callbus/contracts/deliveries/retry-schedule';
import { retryDelayMs } from '../src/tasks/retry-policy.js';

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

test('the default delays are 5s, 1m, 5m, 30m, 1h, 3h, 6h, 12h, and 24h from then on', () => {
  const delays = Array.from({ length: 11 }, (_, index) =>
    retryDelayMs(defaultRetrySchedule, { attempt: index + 1, nowMs: 0 }),
  );
  expect(delays).toEqual([
    5 * second,
    minute,
    5 * minute,
    30 * minute,
    hour,
    3 * hour,
    6 * hour,
    12 * hour,
    24 * hour,
    24 * hour,
    24 * hour,
  ]);
});

test('a schedule is a list of retry tiers', () => {
  expect(parseRetrySchedule('1s, 5s,24h')).toEqual([second, 5 * second, 24 * hour]);
  for (const text of ['', '2s', '1s,', '1s;5s', 'soon']) expect(parseRetrySchedule(text)).toBeUndefined();
});

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const delay = (status: number, retryAfter: string, attempt = 1) =>
    retryDelayMs(defaultRetrySchedule, { attempt, status, retryAfter, nowMs });

  test.each([
    [503, '120', 120_000],
    [429, ' 120 ', 120_000],
    [503, 'Thu, 01 Jan 2026 00:10:00 GMT', 600_000],
    [503, '999999999', 86_400_000],
    [503, 'Fri, 01 Jan 2027 00:00:00 GMT', 86_400_000],
  ])('%i %s wins when it is longer, up to a day: %i ms', (status, retryAfter, expected) => {
    expect(delay(status, retryAfter)).toBe(expected);
  });

  test.each([
    [503, '1'],
    [503, '-100'],
    [503, 'soon'],
    [503, ''],
    [503, 'Wed, 31 Dec 2025 23:00:00 GMT'],
    [500, '120'],
    [301, '120'],
  ])('%i %j keeps the delay of the schedule', (status, retryAfter) => {
    expect(delay(status, retryAfter)).toBe(5_000);
  });
});
