import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Fault } from '../../src/http/errors.js';
import { searchFields } from '../../src/search/search-fields.js';
import { readSearch, type Search } from '../../src/search/search.js';

function accepted(body: object | string): Search {
  const search = readSearch(typeof body === 'string' ? body : JSON.stringify(body), '0');
  if (search instanceof Fault) throw new Error(search.message.en);
  return search;
}

function refused(body: object | string): { code: number; en: string } {
  const search = readSearch(typeof body === 'string' ? body : JSON.stringify(body), '0');
  if (!(search instanceof Fault)) throw new Error('was accepted');
  return { code: search.code, en: search.message.en };
}

describe('a search', () => {
  test.each(['', ' ', '{}', '{"page":null,"condition":null,"fields":null}'])('of %j selects everything', (body) => {
    expect(accepted(body)).toEqual({
      where: 'account = $1',
      orderBy: 'id ASC',
      values: ['0'],
      offset: 0,
      limit: 10_000,
      hasRegex: false,
      fields: [],
    });
  });

  test('becomes SQL with parameters', () => {
    const condition = {
      subscription_name: 'x',
      subscription_id: { $in: [1, 2] },
      operator: { $regex: '^a' },
      enabled: true,
    };
    expect(accepted({ page: { start: 40, limit: 200, sort: '-last_time,subscription_name' }, condition })).toEqual({
      where: 'account = $1 AND name = $2::text AND id = ANY ($3::bigint[]) AND operator ~ $4 AND enabled = $5::boolean',
      orderBy: 'saved_at DESC, name ASC, id ASC',
      values: ['0', 'x', [1, 2], '^a', true],
      offset: 40,
      limit: 200,
      hasRegex: true,
      fields: [],
    });
  });

  test.each([-1, 0, null, 10_001, 999_999_999, 1e300, -1e300])(
    'with the limit %j selects as many rows as an answer may have',
    (limit) => {
      expect(accepted({ page: { limit } }).limit).toBe(10_000);
    },
  );

  test.each(['^a', 'a{1,3}b', String.raw`\\1`, String.raw`\d+\.x`, '(a|b)*c', 'x{64}', '[ab]*a[ab]{250}c'])(
    'accepts the regular expression %j',
    ($regex) => {
      expect(accepted({ condition: { operator: { $regex } } }).values).toEqual(['0', $regex]);
    },
  );

  test('reads confirm_mode as a name and as a number', () => {
    expect(accepted({ condition: { confirm_mode: 1 } }).values).toEqual(['0', 'httpstatus']);
    expect(accepted({ condition: { confirm_mode: { $in: ['2'] } } }).values).toEqual(['0', ['regular']]);
  });

  test.each([
    ['', 'id ASC'],
    ['unknown', 'id ASC'],
    ['-unknown, -timeout', 'timeout_s DESC, id ASC'],
    ['+timeout,timeout', 'timeout_s ASC, id ASC'],
    ['id; DROP TABLE subscriptions', 'id ASC'],
    ['constructor,__proto__', 'id ASC'],
  ])('sorted by %j is ordered by %s', (sort, orderBy) => {
    expect(accepted({ page: { sort } }).orderBy).toBe(orderBy);
  });
});

test.each([
  ['[]', 1199000, 'the body is not a JSON object'],
  [{ page: [] }, 1199000, `'page' is of the wrong type`],
  [{ page: { start: '0' } }, 1199000, `'page.start' is of the wrong type`],
  [{ page: { start: -1 } }, 1199006, `'page.start' is not valid: less than 0`],
  [{ page: { limit: 1.5 } }, 1199006, `'page.limit' is not valid: not a whole number`],
  [{ page: { limit: '1' } }, 1199000, `'page.limit' is of the wrong type`],
  [{ page: { sort: 1 } }, 1199000, `'page.sort' is of the wrong type`],
  [{ fields: 'a' }, 1199000, `'fields' is of the wrong type`],
  [{ fields: [1] }, 1199000, `'fields.0' is of the wrong type`],
  [{ fields: Array(101).fill('a') }, 1199006, `'fields' is not valid: more than 100 entries`],
  ...[String.raw`(a)\1`, String.raw`(a|b|ab)*(\d+)\2c`].map(
    ($regex) =>
      [
        { condition: { operator: { $regex } } },
        1199006,
        `'condition.operator' is not valid: back references are not supported`,
      ] as const,
  ),
  ...['(((a{20}){20}){20})', 'x{0,255}'.repeat(3), String.raw`***:x\{255\}y\{255\}`, '(a{9,}b){255}cc'].map(
    ($regex) =>
      [
        { condition: { operator: { $regex } } },
        1199006,
        `'condition.operator' is not valid: the regular expression takes too long`,
      ] as const,
  ),
  [{ condition: [] }, 1199000, `'condition' is of the wrong type`],
  [{ condition: { secret: 'x' } }, 1199006, `'condition.secret' is not valid: not a field to search by`],
  ['{"condition":{"__proto__":1}}', 1199006, `'condition.__proto__' is not valid: not a field to search by`],
  [{ condition: { constructor: 1 } }, 1199006, `'condition.constructor' is not valid: not a field to search by`],
  [
    { condition: { operator: { $gt: 1 } } },
    1199006,
    `'condition.operator' is not valid: neither a value nor $in, $nin, $ne or $regex`,
  ],
  ...[
    { $regex: 'a', $options: 'm' },
    { $regex: 'a', $options: 1 },
    { $in: ['a'], $options: 'i' },
  ].map(
    (operator) =>
      [
        { condition: { operator } },
        1199006,
        `'condition.operator' is not valid: $options may be i, beside $regex`,
      ] as const,
  ),
  [
    { condition: { operator: { $options: 'i' } } },
    1199006,
    `'condition.operator' is not valid: neither a value nor $in, $nin, $ne or $regex`,
  ],
  [
    { condition: { operator: {} } },
    1199006,
    `'condition.operator' is not valid: neither a value nor $in, $nin, $ne or $regex`,
  ],
  [{ condition: { operator: 1 } }, 1199000, `'condition.operator' is of the wrong type`],
  [{ condition: { operator: null } }, 1199000, `'condition.operator' is of the wrong type`],
  [
    { condition: { operator: 'a\0' } },
    1199006,
    `'condition.operator' is not valid: contains characters that cannot be stored`,
  ],
  [{ condition: { subscription_id: '1' } }, 1199000, `'condition.subscription_id' is of the wrong type`],
  [{ condition: { subscription_id: 1e300 } }, 1199000, `'condition.subscription_id' is of the wrong type`],
  [{ condition: { enabled: 1 } }, 1199000, `'condition.enabled' is of the wrong type`],
  [{ condition: { confirm_mode: true } }, 1199000, `'condition.confirm_mode' is of the wrong type`],
  [{ condition: { operator: { $in: 'a' } } }, 1199000, `'condition.operator' is of the wrong type`],
  [{ condition: { operator: { $nin: ['a', 1] } } }, 1199000, `'condition.operator' is of the wrong type`],
  [{ condition: { operator: { $ne: 1 } } }, 1199000, `'condition.operator' is of the wrong type`],
  [{ condition: { operator: { $in: ['a', 1] } } }, 1199000, `'condition.operator' is of the wrong type`],
  [
    { condition: { operator: { $in: Array(501).fill('a') } } },
    1199006,
    `'condition.operator' is not valid: more than 500 entries`,
  ],
  [{ condition: { subscription_id: { $regex: '1' } } }, 1199000, `'condition.subscription_id' is of the wrong type`],
  [{ condition: { operator: { $regex: 1 } } }, 1199000, `'condition.operator' is of the wrong type`],
  [
    { condition: { operator: { $regex: 'x'.repeat(513) } } },
    1199006,
    `'condition.operator' is not valid: longer than 512 characters`,
  ],
  [
    { condition: { operator: { $regex: '\0' } } },
    1199006,
    `'condition.operator' is not valid: contains characters that cannot be stored`,
  ],
])('the search %j is refused', (body, code, en) => {
  expect(refused(body)).toEqual({ code, en });
});

test('no input of a caller gets into the SQL', () => {
  const name = fc.oneof(fc.constantFrom(...searchFields.keys()), fc.string());
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record({ $regex: fc.string() }),
    fc.record({ $regex: fc.string(), $options: fc.constantFrom('', 'i', 'm') }),
    fc.record({ $in: fc.array(fc.oneof(fc.string(), fc.integer())) }),
    fc.record({ $nin: fc.array(fc.oneof(fc.string(), fc.integer())), $ne: fc.oneof(fc.string(), fc.integer()) }),
  );
  const search = fc.record({ page: fc.record({ sort: fc.string() }), condition: fc.dictionary(name, value) });
  const known = [...searchFields.values()].map(({ sql }) => sql);
  fc.assert(
    fc.property(search, (body) => {
      const read = readSearch(JSON.stringify(body), '0');
      if (read instanceof Fault) return;
      const clauses = read.where.split(' AND ').slice(1);
      for (const clause of clauses) {
        const among = /^\((.*)\) IS NOT TRUE$/.exec(clause)?.[1] ?? clause;
        const [, rest] =
          /^(.*) (?:(?:=|IS DISTINCT FROM) \$\d+::\w+|= ANY \(\$\d+::\w+\[\]\)|~\*? \$\d+)$/.exec(among) ?? [];
        expect(known).toContain(rest);
      }
      expect(read.orderBy).toMatch(/^[\w(), ']+$/);
    }),
  );
});
