import { expect, test } from '@jest/globals';
import { defaultRetrySchedule, parseRetrySchedule, retryDelayMs } from '../src/retry-policy.js';

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

test('attempt n waits 5s, 1m, 5m, 30m, 1h, 3h, 6h, 12h, 24h, and 24h from then on', () => {
  const delays = Array.from({ length: 11 }, (_, index) => retryDelayMs(defaultRetrySchedule, index + 1));
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
