import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRfc3339, readTime, rfc3339, shanghaiTime } from '../src/event-time.js';

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
    '9999-12-31T23:59:59Z',
    '0000-01-01T00:00:00+08:00',
    true,
    {},
    null,
  ])('refuses %p', (value) => expect(readTime(value)).toBeUndefined());

  test('reads what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_271_999_999 }), (epochMs) => {
        expect(readTime(rfc3339(epochMs))).toBe(epochMs);
        expect(readTime(shanghaiTime(rfc3339(epochMs)))).toBe(epochMs - (epochMs % 1_000));
      }),
    );
  });
});

test('shanghaiTime', () => expect(shanghaiTime(rfc3339(noon))).toBe('2024-02-29T12:05:06+0800'));

test.each([
  ['2024-02-29T04:05:06Z', true],
  ['2024-02-29T12:05:06.123456789+08:00', true],
  ['2024-02-29T12:05:06+0800', false],
  ['2024-02-29 04:05:06Z', false],
  ['1709179506000', false],
  ['2024-02-30T04:05:06Z', false],
])('isRfc3339 %s: %p', (text, isIt) => expect(isRfc3339(text)).toBe(isIt));
