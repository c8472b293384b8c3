import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createTableOf, headersOf } from '../src/rabbitmq/message-headers.js';

const anyHeaders = fc.dictionary(
  fc.string().filter((name) => name !== '__proto__'),
  fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean()),
);

test('headers come back as they were', () => {
  const tableOf = createTableOf();
  fc.assert(fc.property(anyHeaders, (headers) => expect(headersOf(tableOf(headers))).toEqual({ ...headers })));
});

test("the broker's own stand beside ours", () => {
  const table = { ...createTableOf()({ id: 'a', traceparent: undefined }), 'x-first-death-reason': 'expired' };
  expect(headersOf(table)).toEqual({ id: 'a', 'x-first-death-reason': 'expired' });
});

test.each([
  [undefined, {}],
  [{ id: 'a' }, { id: 'a' }],
  [{ callbus: '{' }, { callbus: '{' }],
  [{ callbus: 'null' }, { callbus: 'null' }],
  [{ callbus: '[1]' }, { callbus: '[1]' }],
  [{ callbus: 1 }, { callbus: 1 }],
])('the headers of a stranger are left as they are: %j', (table, headers) => {
  expect(headersOf(table)).toEqual(headers);
});
