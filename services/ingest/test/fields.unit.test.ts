import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Fault } from '../src/errors.js';
import { attributeRules } from '../src/formats/cloudevents-attributes.js';
import { etcFieldsOf, etcRules } from '../src/formats/etc.js';
import { eventBusFieldsOf, eventBusRules, knownMembersAt } from '../src/formats/event-bus-fields.js';
import { check, checkByJoi, type Rules } from '../src/formats/fields.js';
import { membersOf, parseValue } from '@callbus/runtime/parsing/raw-json';

const etc = { event_source: 'a', event_topic: 'b', event_type: 'c', event_status: '1', event_key: 'k', changes: [1] };
const ofBus = {
  source: 's',
  type: 't',
  id: 'i',
  data: { a: 1 },
  time: 1_700_000_000_000,
  specversion: '1.0',
  datacontenttype: 'application/json',
  accountId: 'a',
  eventBusId: 'b',
  subject: 'x',
  region: 'r',
};

const cloudEvent = {
  specversion: '1.0',
  id: 'i',
  source: 's',
  type: 't',
  time: '2024-02-29T12:00:00Z',
  subject: 'x',
  datacontenttype: 'application/json',
  accountid: 'a',
  1: 'extension',
  more: 7,
  most: true,
};

/** The attributes that reach the rules: other names are refused before. */
const attributesOf = (body: string) =>
  Object.fromEntries(
    Array.from(membersOf(body), ([name, value]) => [name, parseValue(value)]).filter(([name]) =>
      /^[a-z\d]+$/.test(String(name)),
    ),
  ) as Readonly<Record<string, unknown>>;

/** Values that are sent by mistake. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, '', ' ', '\u0000', '\ud800', '1.0', '2.0', '{}', '{"a":1}', '{"a"', '[]'),
  fc.constantFrom<unknown>([], [[]], {}, 'application/json; charset=utf-8', 'text/plain', 'now', '1700000000000'),
  fc.constantFrom<unknown>('2024-02-30T12:00:00Z', '2024-02-29T12:00:00+0800', '9999-12-31T23:59:59Z', 1e300, -1, 1.5),
  fc.constantFrom(256, 257, 2_048, 2_049, 4_096, 4_097, 8_192, 8_193).map((length) => 'x'.repeat(length)),
  fc.constantFrom(682, 683, 1_365, 1_366).map((length) => '中'.repeat(length)),
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
);

/** A valid body in which some members are missing, odd or spelled in another case. */
const mutated = (valid: Readonly<Record<string, unknown>>) =>
  fc
    .tuple(
      ...Object.entries(valid).map(([name, value]) =>
        fc.oneof(
          { weight: 30, arbitrary: fc.constant([[name, value]]) },
          { weight: 1, arbitrary: fc.constant([]) },
          { weight: 2, arbitrary: odd.map((other) => [[name, other]]) },
          { weight: 1, arbitrary: odd.map((other) => [[name.toUpperCase(), other]]) },
        ),
      ),
    )
    .map((members) => JSON.stringify(Object.fromEntries(members.flat() as [string, unknown][])));

const bodies = (valid: Readonly<Record<string, unknown>>) =>
  fc.oneof(
    mutated(valid),
    fc.dictionary(fc.string(), fc.jsonValue()).map((body) => JSON.stringify(body)),
  );

const outcomes = { accepted: 0, refused: 0 };

function expectAgreement<T>(rules: Rules<T>, fields: Readonly<Record<string, unknown>>): void {
  const byJoi = checkByJoi(rules, fields);
  outcomes[byJoi instanceof Fault ? 'refused' : 'accepted'] += 1;
  const byHand = check(rules, fields);
  expect(byHand).toEqual(byJoi);
  // Subscribers see the members in this order.
  expect(JSON.stringify(byHand)).toBe(JSON.stringify(byJoi));
}

test('the checks by hand and by joi agree', () => {
  fc.assert(
    fc.property(bodies(etc), (body) => expectAgreement(etcRules, etcFieldsOf(body))),
    { numRuns: 1_000 },
  );
  fc.assert(
    fc.property(
      bodies(ofBus),
      fc.constantFrom({}, { id: '"bus"' }, { id: '""', name: '"bus"' }, { name: '7' }),
      (body, busOfAll) => expectAgreement(eventBusRules, eventBusFieldsOf(knownMembersAt(body, 0).members, busOfAll)),
    ),
    { numRuns: 1_000 },
  );
  fc.assert(
    fc.property(bodies(cloudEvent), (body) => expectAgreement(attributeRules, attributesOf(body))),
    { numRuns: 1_000 },
  );
  expect(outcomes.accepted).toBeGreaterThan(50);
  expect(outcomes.refused).toBeGreaterThan(50);
});

test('parseValue returns the same as JSON.parse', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })), (value) => {
      const text = JSON.stringify(value);
      expect(parseValue(text)).toEqual(JSON.parse(text));
    }),
  );
  expect(parseValue('"\\u0061\\n"')).toBe('a\n');
});
