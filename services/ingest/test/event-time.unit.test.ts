import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTime, rfc3339, shanghaiTime } from '../src/formats/event-time.js';

const noon = Date.UTC(2024, 1, 29, 4, 5, 6);

describe('readTime', () => {
  test.each([
    [noon, noon],
    [String(noon), noon],
    [0, 0],
    ['2024-02-29T04:05:06Z', noon],
    ['2024-02-29t04:05:06z', noon],
    ['2024-02-29T12:05:06+08:00', noon],
    ['2024-02-29T12:05:06+0800', noon],
    ['2024-02-28T23:35:06-0430', noon],
    ['2024-02-29T04:05:06.123456789Z', noon + 123],
    ['2024-02-29T12:05:06.5+0800', noon + 500],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['9999-12-31T23:59:59.999+0800', Date.UTC(9999, 11, 31, 15, 59, 59, 999)],
  ])('%p', (value, epochMs) => expect(readTime(value)).toBe(epochMs));

  test.each([
    '2023-02-29T04:05:06Z',
    '2024-02-30T04:05:06Z',
    '2024-13-01T04:05:06Z',
    '2024-01-00T04:05:06Z',
    '2024-02-29T24:00:00Z',
    '2024-02-29T04:60:00Z',
    '2024-02-29T04:05:06',
    '2024-02-29T04:05:06+08',
    '2024-02-29',
    'yesterday',
    '',
    '-1',
    '9'.repeat(16),
    1.5,
    NaN,
    1e20,
    -1e20,
    '9999-12-31T23:59:59-00:01',
    '9999-12-31T23:59:60Z',
    '0000-01-01T00:00:00+08:00',
    true,
    {},
    null,
  ])('refuses %p', (value) => expect(readTime(value)).toBeUndefined());

  test('reads the times that rfc3339 writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (epochMs) => {
        expect(readTime(rfc3339(epochMs))).toBe(epochMs);
        expect(readTime(shanghaiTime(rfc3339(epochMs)))).toBe(epochMs - (epochMs % 1_000));
      }),
    );
  });
});

test.each([
  [noon, '2024-02-29T12:05:06+0800'],
  [Date.UTC(9999, 11, 31, 15, 59, 59), '9999-12-31T23:59:59+0800'],
  [Date.UTC(9999, 11, 31, 16), '9999-12-31T16:00:00+0000'],
])('shanghaiTime of %d is %s', (epochMs, text) => expect(shanghaiTime(rfc3339(epochMs))).toBe(text));
