import { countJsonValues } from '@callbus/runtime/parsing/json-values';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

/** Counts the values of a parsed document. An empty list or object counts as two. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const members = Object.values(value);
  return members.length === 0 ? 2 : members.reduce<number>((sum, member) => sum + valuesIn(member), 1);
}

describe('countJsonValues', () => {
  test('counts the values that JSON.parse returns', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        expect(countJsonValues(text, 1_000_000)).toBe(valuesIn(JSON.parse(text)));
      }),
    );
  });

  test.each([
    ['{"a,[{":"b,[{","c\\"":[1]}', 4],
    ['"', 1],
    ['"\\', 1],
    ['', 1],
  ])('%s', (text, values) => {
    expect(countJsonValues(text, 100)).toBe(values);
  });

  test('stops at the limit', () => {
    expect(countJsonValues('[' + '1,'.repeat(1_000_000), 10)).toBe(11);
  });

  test('reports nesting that is too deep before the limit', () => {
    expect(countJsonValues('['.repeat(1_000_000), 50_000)).toBe('tooDeep');
    expect(countJsonValues('['.repeat(1_000_000), 500)).toBe(501);
  });
});
