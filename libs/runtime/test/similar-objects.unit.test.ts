import { createSimilarObjects } from '@callbus/runtime/parsing/similar-objects';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';

const anyValue = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constantFrom('a', 1, true));
const anyObjects = fc.array(fc.dictionary(fc.constantFrom('a', 'b', '"', 'toString', '7'), anyValue, { minKeys: 1 }));

test('writes objects as JSON.stringify does, without the closing brace', () => {
  fc.assert(
    fc.property(anyObjects, (objects) => {
      const write = createSimilarObjects();
      expect(objects.map((object) => `${write(object)}}`)).toEqual(objects.map((object) => JSON.stringify(object)));
    }),
  );
});

test('writes members under other names and values', () => {
  const write = createSimilarObjects((name, value) => [name.toUpperCase(), `${String(value)}!`]);
  expect([write({ a: 1 }), write({ a: 1, b: 2 }), write({ a: 3 })]).toEqual([
    '{"A":"1!"',
    '{"A":"1!","B":"2!"',
    '{"A":"3!"',
  ]);
});
