import { utf8Text } from '@callbus/runtime/parsing/utf8-text';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

describe('utf8Text', () => {
  test('decodes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.startsWith('\uFEFF'));
        expect(utf8Text(Buffer.from(text))).toBe(text);
      }),
    );
  });

  test('removes one byte order mark', () => {
    expect(utf8Text(Buffer.from('\uFEFF\uFEFF{}'))).toBe('\uFEFF{}');
  });

  test.each([[[0x7b, 0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]]])('returns undefined for %j', (bytes) => {
    expect(utf8Text(Buffer.from(bytes))).toBeUndefined();
  });
});
