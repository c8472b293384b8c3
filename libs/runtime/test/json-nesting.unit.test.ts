import { nestsDeeperThan } from '@callbus/runtime/parsing/json-nesting';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

describe('nestsDeeperThan', () => {
  test.each([
    ['{"a":[1]}', 2, false],
    ['{"a":[[]]}', 2, true],
    ['"[[[["', 0, false],
    ['[],[],[]', 1, false],
    ['["\\"[[[["]', 1, false],
    ['"[[[[', 0, false],
  ])('%s within %d', (text, limit, isDeeper) => {
    expect(nestsDeeperThan(limit, text)).toBe(isDeeper);
  });

  test('stops early for text with millions of brackets', () => {
    expect(nestsDeeperThan(1_000, '['.repeat(5_000_000))).toBe(true);
  });

  test('accepts text that is not JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('"', '\\', '[', ']', '{', '}', 'x')), (parts) => {
        expect(typeof nestsDeeperThan(3, parts.join(''))).toBe('boolean');
      }),
    );
  });
});
