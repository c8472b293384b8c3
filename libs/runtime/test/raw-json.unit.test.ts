import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endOfValue, membersAt, membersOf, walkElements, withMember } from '@callbus/runtime/parsing/raw-json';

/** Any JSON value with any spacing. */
const anyJson = fc
  .tuple(fc.jsonValue({ depthSize: 'medium' }), fc.constantFrom(undefined, 1, '\t', ' \n'))
  .map(([value, space]) => JSON.stringify(value, undefined, space));
const anyBlanks = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

describe('membersOf', () => {
  test('finds the members that JSON.parse finds, with their own text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), anyJson), anyBlanks, (members, blanks) => {
        const written = Object.entries(members).map(
          ([key, value]) => `${blanks}${JSON.stringify(key)}${blanks}:${blanks}${value}${blanks}`,
        );
        const text = `${blanks}{${blanks}${written.join()}}${blanks}`;
        expect(JSON.parse(text)).toBeDefined();
        expect(membersOf(text)).toEqual(new Map(Object.entries(members)));
      }),
    );
  });

  test('decodes escaped keys', () => {
    expect(membersOf('{"\\u0061\\n\\"":1,"\\\\":"\\\\"}')).toEqual(
      new Map([
        ['a\n"', '1'],
        ['\\', '"\\\\"'],
      ]),
    );
  });

  test('keeps the last duplicate, at its own position', () => {
    expect([...membersOf('{"a":1,"b":2,"\\u0061":3}')]).toEqual([
      ['b', '2'],
      ['a', '3'],
    ]);
  });

  test('keeps numbers and spellings that an encoder would change', () => {
    const text = '{"big":12345678901234567890.10, "spaced" : [ 1 , {"b":1,"a":2} ] ,"e":1E+2}';
    expect(Object.fromEntries(membersOf(text))).toEqual({
      big: '12345678901234567890.10',
      spaced: '[ 1 , {"b":1,"a":2} ]',
      e: '1E+2',
    });
  });
});

describe('long text', () => {
  const blanks = ' '.repeat(100);
  const digits = '1'.repeat(100);

  test.each([
    ['a number', `{"a":${digits},"b":${digits}}`, [digits, digits]],
    ['blanks', `{${blanks}"a"${blanks}:${blanks}1${blanks},${blanks}"b":2${blanks}}`, ['1', '2']],
    ['blanks in a list', `{"a":[${blanks}[${blanks}],${digits}${blanks}],"b":{${blanks}}}`, undefined],
    ['numbers in a list', `{"a":[${digits},{"x":${digits}}],"b":[]}`, [`[${digits},{"x":${digits}}]`, '[]']],
  ])('%s is found whole', (_what, text, values) => {
    const found = [...membersOf(text).values()];
    expect(found.map((value) => JSON.parse(value) as unknown)).toEqual(Object.values(JSON.parse(text) as object));
    if (values !== undefined) expect(found).toEqual(values);
  });
});

describe('walkElements', () => {
  /** Objects as their members, other values as their text. */
  function elementsOf(text: string): unknown[] {
    const elements: unknown[] = [];
    const end = walkElements(text, text.indexOf('['), (from) => {
      const object = text.startsWith('{', from) ? membersAt(text, from) : undefined;
      const to = object?.end ?? endOfValue(text, from);
      elements.push(object?.members ?? text.slice(from, to));
      return to;
    });
    expect(end).toBe(text.lastIndexOf(']') + 1);
    return elements;
  }

  test('finds the elements that JSON.parse finds, and the members of objects', () => {
    fc.assert(
      fc.property(fc.array(anyJson), anyBlanks, (elements, blanks) => {
        const text = `${blanks}[${blanks}${elements.map((element) => element + blanks).join(`,${blanks}`)}]${blanks}`;
        expect(JSON.parse(text)).toHaveLength(elements.length);
        expect(elementsOf(text)).toEqual(elements.map((each) => (each.startsWith('{') ? membersOf(each) : each)));
      }),
    );
  });
});

test('withMember adds a member at the end', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue(), { minKeys: 1 }),
      anyJson,
      (object, added) => {
        const parsed: unknown = JSON.parse(withMember(JSON.stringify(object), 'The "new"', added));
        expect(parsed).toEqual({
          ...(JSON.parse(JSON.stringify(object)) as object),
          'The "new"': JSON.parse(added) as unknown,
        });
      },
    ),
  );
});
