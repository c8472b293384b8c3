import { joinedBytes } from '@callbus/runtime/parsing/joined-bytes';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';

test('the bytes between the ends are those of the texts', () => {
  const anyText = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(fc.array(anyText), (texts) => {
      const { bytes, ends } = joinedBytes(texts);
      expect(bytes.length).toBe(ends.at(-1) ?? 0);
      const parts = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end).toString());
      expect(parts).toEqual(texts);
    }),
  );
});
