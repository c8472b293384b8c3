import { readIsoTime, readRfc3339 } from '@callbus/runtime/parsing/iso-time';
import { describe, expect, test } from '@jest/globals';

describe('readRfc3339', () => {
  const noon = Date.UTC(2024, 1, 29, 4, 5, 6);

  test.each([
    ['2024-02-29T04:05:06Z', noon],
    ['2024-02-29t04:05:06z', noon],
    ['2024-02-29T12:05:06.123456789+08:00', noon + 123],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['9999-12-31T23:59:59-08:00', Date.UTC(10_000, 0, 1, 7, 59, 59)],
  ])('%s', (text, epochMs) => expect(readRfc3339(text)).toBe(epochMs));

  test.each([
    ['1990-12-31T23:59:60Z', Date.UTC(1991, 0, 1)],
    ['1990-12-31T15:59:60-08:00', Date.UTC(1991, 0, 1)],
    ['2015-07-01T07:59:60.5+08:00', Date.UTC(2015, 6, 1, 0, 0, 0, 500)],
    ['1969-12-31T23:59:60Z', 0],
  ])('the leap second %s is the second that follows', (text, epochMs) => expect(readRfc3339(text)).toBe(epochMs));

  test.each([
    '2024-02-29T12:05:06+0800',
    '2024-02-29 04:05:06Z',
    '2024-02-30T04:05:06Z',
    '2024-02-29T04:05:60Z',
    '2016-12-30T23:59:60Z',
    '2016-12-31T23:59:60+08:00',
    '2016-12-31T23:59:61Z',
    '1709179506000',
    '',
  ])('refuses %s', (text) => expect(readRfc3339(text)).toBeUndefined());
});

test.each(['2024-02-29T12:05:06+0800', '2024-02-29 12:05:06+08:00'])('readIsoTime accepts %s too', (text) => {
  expect(readIsoTime(text)).toBe(Date.UTC(2024, 1, 29, 4, 5, 6));
});
