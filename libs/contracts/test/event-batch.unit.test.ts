import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchesOf, decodeBatch, encodeBatch, kindsOf, ofEachKind } from '../src/events/event-batch.js';
import type { EventHeaders, EventMessage } from '../src/events/event.js';

const event = (given: Partial<EventHeaders> = {}, body = '{"id":"1"}'): EventMessage => ({
  headers: {
    id: '1',
    identity: 'i',
    account: '0',
    bus: 'b',
    name: 's.t',
    type: 't',
    dialect: 'cloudevents',
    receivedAt: 1,
    dataAt: 0,
    ...given,
  },
  body: Buffer.from(body),
});
const sizesOf = (events: readonly EventMessage[]) => batchesOf(events).map(({ length }) => length);

test('a batch has at most 64 events', () => {
  expect(sizesOf([])).toEqual([]);
  expect(sizesOf(Array.from({ length: 150 }, () => event()))).toEqual([64, 64, 22]);
});

test('a batch has at most 64 KiB, and a longer event is alone', () => {
  const bytes = (count: number) => event({}, 'x'.repeat(count));
  expect(sizesOf([bytes(32_768), bytes(32_768), bytes(1)])).toEqual([2, 1]);
  expect(sizesOf([bytes(100_000), bytes(1)])).toEqual([1, 1]);
});

test('a batch may have events of several kinds, in their order', () => {
  const [one, other] = [event(), event({ name: 's.u' })];
  expect(batchesOf([one, other, one])).toEqual([[one, other, one]]);
});

const otherKinds = [
  { account: '1' },
  { bus: '' },
  { name: 'other' },
  { type: 'o' },
  { dialect: 'etc' },
  { hops: 1 },
  { baggage: 'b=1' },
] as const;

test.each(otherKinds)('events that differ in %j are of different kinds', (given) => {
  const [one, other] = [event(), event(given)];
  expect(ofEachKind([one, other, one])).toEqual([[one, one], [other]]);
  expect(kindsOf(encodeBatch([one, other, one]).headers)).toMatchObject([{ name: 's.t' }, given]);
});

test('for an older version, a batch of several kinds belongs to no account', () => {
  const { headers } = encodeBatch([event(), event({ account: '1' })]);
  expect(headers).not.toHaveProperty('account');
});

test('a batch decodes to the same events, and its body is valid CloudEvents', () => {
  const part = fc.record({
    id: fc.string({ unit: 'grapheme' }),
    traceparent: fc.option(fc.string(), { nil: undefined }),
    receivedAt: fc.nat(3),
    name: fc.constantFrom('s.t', 's.u', 's.v'),
    account: fc.constantFrom('0', '1'),
    tracestate: fc.option(fc.constant('ts'), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 16 }), fc.option(fc.nat(9)), (parts, hops) => {
      const common = hops === null ? {} : { hops, baggage: 'b=1' };
      const [first, ...others] = parts.map((given, index) =>
        event({ ...given, ...common, dataAt: index, identity: String(index) }, JSON.stringify(given)),
      );
      const { headers, body } = encodeBatch([first!, ...others]);
      expect(JSON.parse(body.toString())).toEqual(parts.map((given) => JSON.parse(JSON.stringify(given)) as unknown));
      const received = JSON.parse(JSON.stringify(headers)) as Record<string, unknown>;
      expect(decodeBatch(received, body)).toEqual([first, ...others]);
    }),
  );
});

test('an older worker reads the time of the first event for all events of a batch', () => {
  const { headers } = encodeBatch([event(), event({ receivedAt: 6 }), event({ receivedAt: 6, traceparent: 'p' })]);
  expect(headers.receivedAt).toBe(1);
  expect(headers.events).toEqual([
    ['1', 'i', 0, 10],
    ['1', 'i', 0, 10, null, 5],
    ['1', 'i', 0, 10, 'p', 5],
  ]);
});

test('the headers that another version added to a batch go to each event', () => {
  const { headers, body } = encodeBatch([event(), event()]);
  const parts = decodeBatch({ ...headers, tenant: { id: 1 }, 'x-delivery-count': 1 }, body)!;
  expect(parts.map(({ headers: each }) => [each['tenant'], each['x-delivery-count']])).toEqual([
    [{ id: 1 }, undefined],
    [{ id: 1 }, undefined],
  ]);
});

test('a message that is not a batch, or whose parts have other sizes, is not decoded', () => {
  const { headers, body } = encodeBatch([event(), event()]);
  expect(decodeBatch({ ...event().headers }, event().body)).toBeUndefined();
  expect(decodeBatch({ ...headers }, body.subarray(1))).toBeUndefined();
  expect(decodeBatch({ ...headers, events: [] }, Buffer.from('[]'))).toBeUndefined();
  for (const part of [null, 'x', [], ['1', 'i', 0, -1], ['1', 'i', 0, '10']])
    expect(decodeBatch({ ...headers, events: [part, ...headers.events.slice(1)] }, body)).toBeUndefined();
  const mixed = encodeBatch([event(), event({ name: 's.u' })]);
  for (const kinds of [null, 'x', {}, [], [null, null]])
    expect(decodeBatch({ ...mixed.headers, kinds }, mixed.body)).toBeUndefined();
});
