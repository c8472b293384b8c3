import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import fc from 'fast-check';
import { createSubscriptionIndex, type SubscriptionIndex } from '../src/subscriptions/match.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';

const event = (name: string, more: { account?: string; bus?: string; type?: string } = {}) => ({
  account: 'a',
  bus: '',
  type: 'some.type',
  ...more,
  name,
});

const found = (index: SubscriptionIndex, ...asked: Parameters<typeof event>) => index.match(event(...asked))!;

function matchesOf(eventNames: string[], name: string): boolean {
  const index = createSubscriptionIndex();
  index.add(subscriptionOf({ eventNames }));
  return found(index, name).length > 0;
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
    expect(found(index, 'other', { type: 'com.example.created' })).toHaveLength(1);
    expect(found(index, 'other', { type: 'com.example.deleted' })).toHaveLength(0);
  });

  test('once, however many names match', () => {
    const index = createSubscriptionIndex();
    index.add(subscriptionOf({ eventNames: ['#', '*', 'a', 'some.type'] }));
    expect(found(index, 'a')).toHaveLength(1);
  });

  test('only in the account of the subscription, and in its bus if it has one', () => {
    const index = createSubscriptionIndex();
    const ofAccount = subscriptionOf({ id: 1, account: 'a', eventNames: ['x'] });
    const ofBus = subscriptionOf({ id: 2, account: 'a', eventNames: ['x'], eventBusId: 'bus' });
    const ofOther = subscriptionOf({ id: 3, account: 'b', eventNames: ['x'] });
    for (const subscription of [ofAccount, ofBus, ofOther]) index.add(subscription);
    expect(found(index, 'x')).toEqual([ofAccount]);
    expect(found(index, 'x', { bus: 'bus' })).toEqual([ofAccount, ofBus]);
    expect(found(index, 'x', { account: 'b', bus: 'bus' })).toEqual([ofOther]);
    expect(found(index, 'x', { account: 'c' })).toEqual([]);
  });
});

/** The rule of the documentation, word by word: `at` is an index in the pattern, `position` an index in the name. */
function fits(pattern: readonly string[], words: readonly string[]): boolean {
  const known = new Map<number, boolean>();
  function fitFrom(at: number, position: number): boolean {
    const key = at * 1_000 + position;
    const isFit = known.get(key) ?? fitAt(at, position);
    known.set(key, isFit);
    return isFit;
  }
  function fitAt(at: number, position: number): boolean {
    const hasWord = position < words.length;
    if (at === pattern.length) return !hasWord;
    if (pattern[at] === '#') return fitFrom(at + 1, position) || (hasWord && fitFrom(at, position + 1));
    return hasWord && (pattern[at] === '*' || pattern[at] === words[position]) && fitFrom(at + 1, position + 1);
  }
  return fitFrom(0, 0);
}

const few = ['a', 'b', 'c', '', '世'];
const many = Array.from({ length: 20 }, (_, number) => `w${number}`);
const word = fc.constantFrom(...few);
const words = fc.array(word, { minLength: 1, maxLength: 6 });
const patternWords = fc.array(fc.oneof(word, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 6 });

describe('the index agrees with the rule of the documentation', () => {
  const ofMany = fc.constantFrom(...many);
  const mostlyA = fc.constantFrom('a', 'a', 'a', 'b');
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
      'for names of about 32 and 64 words',
      fc.array(wild(fc.constantFrom('a', 'b')), { minLength: 1, maxLength: 40 }),
      20,
      fc.oneof(...[32, 64].map((end) => fc.array(mostlyA, { minLength: end - 3, maxLength: end + 3 }))),
    ],
    [
      'for patterns with shared first words and different last words',
      fc
        .tuple(fc.constantFrom('#.a.*', 'a.#.b', '*'), fc.array(wild(mostlyA), { minLength: 1, maxLength: 12 }))
        .map(([shared, own]) => [...shared.split('.'), ...own]),
      60,
      fc.array(mostlyA, { minLength: 1, maxLength: 40 }),
    ],
    [
      'for names with more different words than a node has children',
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
        expect(new Set(found(index, nameOfEvent.join('.')))).toEqual(new Set(expected));
      }),
      { numRuns: 300 },
    );
  });
});

test('removed patterns leave nothing behind and do not change the others, however often they are added and removed', () => {
  const wide = fc.array(fc.constantFrom('*', '#', 'a', ...many), { minLength: 1, maxLength: 3 });
  const patterns = fc.array(fc.oneof(patternWords, wide), { minLength: 1, maxLength: 60 });
  const asked = fc.array(words, { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(patterns, fc.array(fc.nat(59), { maxLength: 150 }), asked, (all, toggled, names) => {
      const changed = createSubscriptionIndex();
      const present = new Map<number, Subscription>();
      for (const number of toggled) {
        const id = number % all.length;
        const subscription = present.get(id) ?? subscriptionOf({ id, eventNames: [all[id]!.join('.')] });
        if (present.delete(id)) changed.remove(subscription);
        else {
          present.set(id, subscription);
          changed.add(subscription);
        }
      }
      const fresh = createSubscriptionIndex();
      for (const subscription of present.values()) fresh.add(subscription);
      for (const name of names)
        expect(new Set(found(changed, name.join('.')))).toEqual(new Set(found(fresh, name.join('.'))));
    }),
    { numRuns: 300 },
  );
});

test('patterns with hundreds of # are matched against a name of a thousand words within the time of the test', () => {
  const name = Array.from({ length: 1_000 }, (_, index) => `a${index % 100}`).join('.');
  const index = createSubscriptionIndex();
  const pattern = (number: number) => `#.a${number}.${'#.*.'.repeat(250)}end`;
  const eventNames = Array.from({ length: 1_000 }, (_, number) => pattern(number));
  index.add(subscriptionOf({ eventNames }));
  expect(found(index, name)).toHaveLength(0);
  expect(found(index, `${name}.end`)).toHaveLength(1);
});

describe('an account that has used up its matching time', () => {
  const costlyName = Array(255).fill('a').join('.');
  /** Each of these patterns can match at every position of the name, so that the walk cannot stop early. */
  const hostile = Array.from({ length: 512 }, (_, number) => {
    const words = Array.from({ length: 9 }, (_each, bit) => ((number >> bit) & 1 ? 'a' : '*'));
    return `#.${words.join('.')}.b.#`;
  });
  let nowMs = 0;
  /** The clock advances by a millisecond with every reading, so that a costly event takes one millisecond. */
  const index = createSubscriptionIndex({ now: () => (nowMs += 1) });
  index.add(subscriptionOf({ eventNames: [...hostile, '#.a', '#.cheap'] }));
  index.add(subscriptionOf({ account: 'b', eventNames: [...hostile, '#.a'] }));
  const matches = (name: string, more: { account?: string; mayWait?: boolean } = {}) =>
    index.match(event(name, more), more)?.length;

  beforeEach(() => {
    nowMs += 3_600_000;
    for (let events = 0; events < 300; events += 1) matches(costlyName);
  });

  test('has to wait with its next costly event', () => {
    expect(matches(costlyName)).toBeUndefined();
  });

  test('does not wait with cheap events', () => {
    expect(matches('some.cheap')).toBe(1);
    expect(matches('some.other')).toBe(0);
  });

  test('does not delay other accounts', () => {
    expect(matches(costlyName, { account: 'b' })).toBe(1);
  });

  test('does not wait with an event that must not wait', () => {
    expect(matches(costlyName, { mayWait: false })).toBe(1);
  });

  test('gets a tenth of the time later', () => {
    const untilMs = nowMs + 2_000;
    let matched = 0;
    while (nowMs < untilMs) matched += matches(costlyName) ?? 0;
    expect(matched).toBeGreaterThan(180);
    expect(matched).toBeLessThan(230);
  });
});
