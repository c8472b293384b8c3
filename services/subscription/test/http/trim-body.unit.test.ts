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

describe('of a body joi sees', () => {
  test.each<[what: string, body: unknown, seen: unknown]>([
    [
      'no member that it does not know',
      { name: 'a', other: 1, page: { start: 1, more: 2 } },
      { name: 'a', page: { start: 1 } },
    ],
    ['a list that is too long as one longer by one', { ids: [1, 2, 3, 4, 5, 6] }, { ids: [1, 2, 3, 4] }],
    ['a list within its bound', { ids: [1, 2, 3] }, { ids: [1, 2, 3] }],
    [
      'an object that is too large as one larger by one',
      { headers: { a: 1, b: 2, c: 3, d: 4 } },
      { headers: { a: 1, b: 2, c: 3 } },
    ],
    ['what has no bound', { free: { a: { b: 1 } } }, { free: { a: { b: 1 } } }],
    [
      'what is of another type',
      { name: [1], page: null, ids: 'x', headers: 7 },
      { name: [1], page: null, ids: 'x', headers: 7 },
    ],
  ])('%s', (_what, body, seen) => {
    expect(trimTo(schema, body)).toEqual(seen);
  });

  test('nothing that only a prototype has', () => {
    expect(trimTo(Joi.object({ toString: Joi.any() }), JSON.parse('{"__proto__":{"x":1}}'))).toEqual({});
  });
});
