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

/** The rule as it is told, word by word and slow. */
function fits(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return words.length === 0;
  if (first === '#') return fits(rest, words) || (words.length > 0 && fits(pattern, words.slice(1)));
  return words.length > 0 && (first === '*' || first === words[0]) && fits(rest, words.slice(1));
}

const word = fc.constantFrom('a', 'b', 'c', '', '世');
const words = fc.array(word, { minLength: 1, maxLength: 6 });
const patternWords = fc.array(fc.oneof(word, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 6 });

test('agrees with the rule told word by word, for any patterns and names', () => {
  fc.assert(
    fc.property(fc.array(patternWords, { maxLength: 8 }), words, (patterns, name) => {
      const index = createSubscriptionIndex();
      const subscriptions = patterns.map((pattern, id) => subscriptionOf({ id, eventNames: [pattern.join('.')] }));
      for (const subscription of subscriptions) index.add(subscription);
      const expected = subscriptions.filter((_, id) => fits(patterns[id]!, name));
      expect(new Set(index.match(event(name.join('.'))))).toEqual(new Set(expected));
    }),
    { numRuns: 500 },
  );
});

test('what is removed leaves nothing behind, and the others where they are', () => {
  const definition = fc.record({ pattern: patternWords, isRemoved: fc.boolean() });
  fc.assert(
    fc.property(fc.array(definition, { maxLength: 8 }), words, (definitions, name) => {
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

test('a pattern of many # against a name of 200 words costs words times nodes, not more', () => {
  const name = Array.from({ length: 200 }, () => 'a').join('.');
  const pattern = Array.from({ length: 60 }, () => '#.a').join('.') + '.b';
  expect(matchesOf([pattern], name)).toBe(false);
  expect(matchesOf([pattern], `${name}.b`)).toBe(true);
});
