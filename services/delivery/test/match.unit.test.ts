import { describe, expect, test } from '@jest/globals';
import type { Subscription } from '@callbus/contracts/subscription';
import fc from 'fast-check';
import { createSubscriptionIndex } from '../src/match.js';
import { subscriptionOf } from './subscription-of.js';

const event = (name: string, more: { account?: string; bus?: string; type?: string } = {}) => ({
  account: 'a',
  bus: '',
  type: 'some.type',
  ...more,
  name,
});

function matchesOf(eventNames: string[], name: string): boolean {
  const index = createSubscriptionIndex();
  index.add(subscriptionOf({ eventNames }));
  return index.match(event(name)).length > 0;
}

describe('an event matches', () => {
  test.each([
    ['a.gs.cert.1', 'a.gs.cert.1', true],
    ['a.gs.cert.1', 'a.gs.cert.2', false],
    ['a.gs.cert.1', 'A.gs.cert.1', false],
    ['a.*.cert.1', 'a.gs.cert.1', true],
    ['*.*.*.*', 'a.gs.cert.1', true],
    ['*.*.*', 'a.gs.cert.1', false],
    ['*', 'a', true],
    ['*', 'a.b', false],
    ['a.*', 'a.', true],
    ['a.*', 'a', false],
    ['#', 'a', true],
    ['#', 'a.gs.cert.1', true],
    ['a.#', 'a', true],
    ['a.#', 'a.b.c', true],
    ['a.#', 'ab', false],
    ['#.1', 'a.gs.cert.1', true],
    ['#.1', '1', true],
    ['a.#.1', 'a.1', true],
    ['a.#.1', 'a.b.c.1', true],
    ['a.#.1', 'a.b.c.2', false],
    ['#.#', 'a', true],
    ['#.*.#', 'a', true],
    ['#.*.*.#', 'a', false],
    ['a*', 'ab', false],
    ['a*', 'a*', true],
    ['urn:x/y.*', 'urn:x/y.z', true],
    ['证书.*', '证书.更新', true],
  ])('%s against %s: %s', (pattern, name, expected) => {
    expect(matchesOf([pattern], name)).toBe(expected);
  });

  test('by its type, exactly', () => {
    const index = createSubscriptionIndex();
    index.add(subscriptionOf({ eventNames: ['com.example.created'] }));
    expect(index.match(event('other', { type: 'com.example.created' }))).toHaveLength(1);
    expect(index.match(event('other', { type: 'com.example.deleted' }))).toHaveLength(0);
  });

  test('once, however many names fit', () => {
    const index = createSubscriptionIndex();
    index.add(subscriptionOf({ eventNames: ['#', '*', 'a', 'some.type'] }));
    expect(index.match(event('a'))).toHaveLength(1);
  });

  test('in its own account and, where one is asked for, its own bus only', () => {
    const index = createSubscriptionIndex();
    const ofAccount = subscriptionOf({ id: 1, account: 'a', eventNames: ['x'] });
    const ofBus = subscriptionOf({ id: 2, account: 'a', eventNames: ['x'], eventBusId: 'bus' });
    const ofOther = subscriptionOf({ id: 3, account: 'b', eventNames: ['x'] });
    for (const subscription of [ofAccount, ofBus, ofOther]) index.add(subscription);
    expect(index.match(event('x'))).toEqual([ofAccount]);
    expect(index.match(event('x', { bus: 'bus' }))).toEqual([ofAccount, ofBus]);
    expect(index.match(event('x', { account: 'b', bus: 'bus' }))).toEqual([ofOther]);
    expect(index.match(event('x', { account: 'c' }))).toEqual([]);
  });
});

/** The rule as it is told, word by word: whether what is left of the pattern fits what is left of the name. */
function fits(pattern: readonly string[], words: readonly string[]): boolean {
  const known = new Map<number, boolean>();
  function fitFrom(at: number, place: number): boolean {
    const key = at * 1_000 + place;
    const answer = known.get(key) ?? fitAt(at, place);
    known.set(key, answer);
    return answer;
  }
  function fitAt(at: number, place: number): boolean {
    const hasWord = place < words.length;
    if (at === pattern.length) return !hasWord;
    if (pattern[at] === '#') return fitFrom(at + 1, place) || (hasWord && fitFrom(at, place + 1));
    return hasWord && (pattern[at] === '*' || pattern[at] === words[place]) && fitFrom(at + 1, place + 1);
  }
  return fitFrom(0, 0);
}

const few = ['a', 'b', 'c', '', '世'];
const many = Array.from({ length: 20 }, (_, number) => `w${number}`);
const word = fc.constantFrom(...few);
const words = fc.array(word, { minLength: 1, maxLength: 6 });
const patternWords = fc.array(fc.oneof(word, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 6 });

describe('agrees with the rule told word by word', () => {
  const ofMany = fc.constantFrom(...many);
  const wild = (literal: fc.Arbitrary<string>) => fc.oneof(literal, fc.constantFrom('*', '#'));
  test.each<[what: string, pattern: fc.Arbitrary<string[]>, patterns: number, name: fc.Arbitrary<string[]>]>([
    ['for any patterns and names', patternWords, 8, words],
    [
      'for names with the characters of wildcards',
      patternWords,
      8,
      fc.array(wild(word), { minLength: 1, maxLength: 6 }),
    ],
    [
      'for names of hundreds of words',
      fc.array(wild(fc.constantFrom('a', 'b')), { minLength: 1, maxLength: 32 }),
      20,
      fc.array(fc.constantFrom('a', 'b'), { minLength: 25, maxLength: 200 }),
    ],
    [
      'for more different words than are looked through one by one',
      fc.array(wild(ofMany), { minLength: 1, maxLength: 4 }),
      200,
      fc.array(ofMany, { minLength: 1, maxLength: 40 }),
    ],
  ])('%s', (_what, pattern, patterns, name) => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: patterns }), name, (all, nameOfEvent) => {
        const index = createSubscriptionIndex();
        const subscriptions = all.map((each, id) => subscriptionOf({ id, eventNames: [each.join('.')] }));
        for (const subscription of subscriptions) index.add(subscription);
        const expected = subscriptions.filter((_, id) => fits(all[id]!, nameOfEvent));
        expect(new Set(index.match(event(nameOfEvent.join('.'))))).toEqual(new Set(expected));
      }),
      { numRuns: 300 },
    );
  });
});

test('what is removed leaves nothing behind, and the others where they are', () => {
  const wide = fc.array(fc.constantFrom('*', '#', 'a', ...many), { minLength: 1, maxLength: 3 });
  const definition = fc.record({ pattern: fc.oneof(patternWords, wide), isRemoved: fc.boolean() });
  fc.assert(
    fc.property(fc.array(definition, { maxLength: 60 }), words, (definitions, name) => {
      const all = createSubscriptionIndex();
      const kept = createSubscriptionIndex();
      const added = definitions.map(({ pattern }, id) => subscriptionOf({ id, eventNames: [pattern.join('.')] }));
      for (const subscription of added) all.add(subscription);
      added.forEach((subscription, id) =>
        definitions[id]!.isRemoved ? all.remove(subscription) : kept.add(subscription),
      );
      const ids = (found: Subscription[]) => found.map(({ id }) => id).sort();
      expect(ids(all.match(event(name.join('.'))))).toEqual(ids(kept.match(event(name.join('.')))));
    }),
    { numRuns: 300 },
  );
});

test('a pattern of hundreds of # against a name of a thousand words takes no time to speak of', () => {
  const name = Array.from({ length: 1_000 }, (_, place) => `a${place % 100}`).join('.');
  const index = createSubscriptionIndex();
  const pattern = (number: number) => `#.a${number}.${'#.*.'.repeat(250)}end`;
  const eventNames = Array.from({ length: 1_000 }, (_, number) => pattern(number));
  index.add(subscriptionOf({ eventNames }));
  expect(index.match(event(name))).toHaveLength(0);
  expect(index.match(event(`${name}.end`))).toHaveLength(1);
});
