import { describe, expect, test } from '@jest/globals';
import Joi from 'joi';
import { trimTo } from '../../src/http/trim-body.js';

const schema = Joi.object({
  name: Joi.string(),
  page: Joi.object({ start: Joi.number() }).empty(null),
  ids: Joi.array().max(3).items(Joi.number()),
  headers: Joi.object().max(2),
  free: Joi.object(),
});

describe('of a body joi gets', () => {
  test.each<[what: string, body: unknown, seen: unknown]>([
    ['no unknown member', { name: 'a', other: 1, page: { start: 1, more: 2 } }, { name: 'a', page: { start: 1 } }],
    ['one entry too many of a list that is too long', { ids: [1, 2, 3, 4, 5, 6] }, { ids: [1, 2, 3, 4] }],
    ['a list within its limit unchanged', { ids: [1, 2, 3] }, { ids: [1, 2, 3] }],
    [
      'one member too many of an object that is too large',
      { headers: { a: 1, b: 2, c: 3, d: 4 } },
      { headers: { a: 1, b: 2, c: 3 } },
    ],
    ['a value without a limit unchanged', { free: { a: { b: 1 } } }, { free: { a: { b: 1 } } }],
    [
      'a value of another type unchanged',
      { name: [1], page: null, ids: 'x', headers: 7 },
      { name: [1], page: null, ids: 'x', headers: 7 },
    ],
  ])('%s', (_what, body, seen) => {
    expect(trimTo(schema, body)).toEqual(seen);
  });

  test('no member of a prototype', () => {
    expect(trimTo(Joi.object({ toString: Joi.any() }), JSON.parse('{"__proto__":{"x":1}}'))).toEqual({});
  });
});
