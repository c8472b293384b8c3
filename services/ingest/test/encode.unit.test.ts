import { createHash } from 'node:crypto';
import { dataOf } from '@callbus/contracts/events/event';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encode, encodeAll } from '../src/publishing/encode.js';
import type { IncomingEvent } from '../src/formats/incoming-event.js';

const event: IncomingEvent = {
  dialect: 'cloudevents',
  account: 'acme',
  bus: 'b1',
  name: 's.t',
  receivedAt: 1_709_179_506_789,
  traceContext: undefined,
  attributes: { specversion: '1.0', id: '1', source: 's', type: 't', level: 3, urgent: true },
  data: { json: '{"n": 9007199254740993}' },
};

const anyText = fc.string({ unit: 'grapheme' });

test('the headers contain the values that a hop needs', () => {
  expect(encode({ ...event, traceContext: { traceparent: 'tp', tracestate: 'ts', baggage: 'b' } }).headers).toEqual({
    id: '1',
    identity: expect.stringMatching(/^[\w-]{22}$/),
    account: 'acme',
    bus: 'b1',
    name: 's.t',
    type: 't',
    dialect: 'cloudevents',
    receivedAt: 1_709_179_506_789,
    dataAt: Buffer.byteLength('{"specversion":"1.0","id":"1","source":"s","type":"t","level":3,"urgent":true,"data":'),
    traceparent: 'tp',
    tracestate: 'ts',
    baggage: 'b',
  });
  expect(encode(event).headers).not.toHaveProperty('traceparent');
  expect(encode(event).headers).not.toHaveProperty('hops');
  expect(encode(event, 3).headers).toMatchObject({ hops: 3 });
});

test('data is the last member, byte for byte, and dataAt is its offset', () => {
  const anyData = fc
    .tuple(fc.jsonValue(), fc.constantFrom(undefined, 1))
    .map(([value, space]) => JSON.stringify(value, undefined, space));
  fc.assert(
    fc.property(anyData, fc.dictionary(fc.stringMatching(/^x[a-z]{1,5}$/), anyText), anyText, (json, others, id) => {
      const message = encode({ ...event, attributes: { ...event.attributes, ...others, id }, data: { json } });
      expect(dataOf(message)?.toString()).toBe(json);
      expect(JSON.parse(message.body.toString())).toEqual({
        ...event.attributes,
        ...others,
        id,
        data: JSON.parse(json) as unknown,
      });
    }),
  );
});

test('dataAt is 0 for data_base64 and without data', () => {
  const binary = encode({ ...event, data: { base64: 'AAE=' } });
  expect(JSON.parse(binary.body.toString())).toEqual({ ...event.attributes, data_base64: 'AAE=' });
  expect(dataOf(binary)).toBeUndefined();
  const none = encode({ ...event, data: undefined });
  expect(JSON.parse(none.body.toString())).toEqual(event.attributes);
  expect(none.headers.dataAt).toBe(0);
});

test('the events of a request are encoded as each is by itself', () => {
  const anyEvent = fc
    .record({
      id: anyText,
      source: fc.constantFrom('s', 'a b', '源'),
      data: fc.constantFrom(undefined, { json: '{"a":1}' }, { json: '{"字": "\\ud800"}' }, { base64: 'AAE=' }),
      others: fc.dictionary(fc.stringMatching(/^x[a-z]$/), fc.oneof(anyText, fc.integer(), fc.boolean())),
    })
    .map(({ id, source, data, others }) => ({
      ...event,
      attributes: { ...event.attributes, ...others, id, source },
      data,
    }));
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 5 }), fc.nat({ max: 1 }), (events, hops) => {
      expect(encodeAll(events, hops)).toEqual(events.map((each) => encode(each, hops)));
    }),
  );
});

describe('identity', () => {
  const identityOf = (account: string, bus: string, source: string, id: string) =>
    encode({ ...event, account, bus, attributes: { ...event.attributes, source, id } }).headers.identity;

  test('is the same only for the same account, bus, source and id', () => {
    const anyParts = fc.tuple(anyText, anyText, anyText, anyText);
    fc.assert(
      fc.property(anyParts, anyParts, (one, other) => {
        expect(identityOf(...one)).toBe(identityOf(...one));
        expect(identityOf(...one) === identityOf(...other)).toBe(one.every((part, index) => part === other[index]));
      }),
    );
  });

  test('is the same as that of other versions: half a SHA-256 of the parts as JSON', () => {
    const anyParts = fc.tuple(anyText, anyText, anyText, anyText);
    fc.assert(
      fc.property(anyParts, (parts) => {
        const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
        expect(identityOf(...parts)).toBe(digest.subarray(0, 16).toString('base64url'));
      }),
    );
  });

  test('does not depend on how the parts would join', () => {
    const identities = [
      identityOf('a', 'b', 'c', 'd'),
      identityOf('ab', '', 'c', 'd'),
      identityOf('a', 'b', '', 'cd'),
      identityOf('a', 'bc', 'd', ''),
      identityOf('a"', '"b', 'c', 'd'),
      identityOf('a","b', '', 'c', 'd'),
    ];
    expect(new Set(identities).size).toBe(identities.length);
  });

  test('depends on no other value', () => {
    const { identity } = encode(event).headers;
    const other = { ...event, receivedAt: 1, data: undefined, attributes: { ...event.attributes, type: 'u' } };
    expect(encode(other).headers.identity).toBe(identity);
  });
});
