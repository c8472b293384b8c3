import { expect, test } from '@jest/globals';
import { messageFormats, readTable } from '@callbus/contracts/messages/message-format';
import fc from 'fast-check';
import { createTableOf } from '../src/rabbitmq/publishing/message-headers.js';

const anyHeaders = fc.dictionary(
  fc.string().filter((name) => !['__proto__', 'v', 'hops'].includes(name)),
  fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean()),
);

test.each(messageFormats)('headers that are written in format %i are read unchanged', (format) => {
  const tableOf = createTableOf(format);
  fc.assert(
    fc.property(anyHeaders, (headers) => {
      const read = readTable(tableOf(headers));
      expect(read.format).toBe(Math.min(format, 2));
      expect(read.headers).toEqual({ ...headers });
    }),
  );
});

test('format 1 has no number and no hops', () => {
  const headers = { id: 'a', traceparent: undefined, hops: 3 };
  expect(createTableOf(1)(headers)).toEqual({ callbus: '{"id":"a"}' });
  expect(createTableOf(2)(headers)).toEqual({ callbus: '{"v":2,"id":"a","hops":3}' });
});

test('format 3 is written only for what format 2 cannot express', () => {
  const tableOf = createTableOf(3);
  expect(tableOf({ id: 'a' })).toEqual({ callbus: '{"v":2,"id":"a"}' });
  expect(tableOf({ kinds: [] }, ['a', 'b'])).toEqual({ callbus: '{"v":3,"kinds":[]}', BCC: ['a', 'b'] });
  expect(tableOf({ id: 'a' })).toEqual({ callbus: '{"v":2,"id":"a"}' });
});

test('headers of the broker are read beside ours', () => {
  const table = { ...createTableOf(1)({ id: 'a', traceparent: undefined }), 'x-first-death-reason': 'expired' };
  expect(readTable(table)).toEqual({ headers: { id: 'a', 'x-first-death-reason': 'expired' }, format: 1 });
});

test('the headers of a newer format are read with its number', () => {
  expect(readTable({ callbus: '{"v":1000000,"ident":"a"}' })).toMatchObject({
    headers: { ident: 'a' },
    format: 1_000_000,
  });
});

test.each([
  [undefined, {}],
  [{ id: 'a' }, { id: 'a' }],
  [{ v: 3 }, { v: 3 }],
  [{ callbus: '{' }, { callbus: '{' }],
  [{ callbus: 'null' }, { callbus: 'null' }],
  [{ callbus: '[1]' }, { callbus: '[1]' }],
  [{ callbus: 1 }, { callbus: 1 }],
  ...['"2"', '0', '-1', '2.5', '1e99', 'null'].map((v) => {
    const table = { callbus: `{"v":${v},"id":"a"}` };
    return [table, table] as const;
  }),
])('headers of another application are returned unchanged: %j', (table, headers) => {
  expect(readTable(table)).toEqual({ headers, format: 1 });
});
