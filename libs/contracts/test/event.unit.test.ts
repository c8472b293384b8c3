import { expect, test } from '@jest/globals';
import { isEventBody, readEventHeaders } from '../src/events/event.js';

const headersWith = (dataAt: number) => {
  const headers = {
    id: '1',
    identity: 'i',
    account: '0',
    bus: '',
    name: 'a.b',
    type: 'b',
    dialect: 'etc',
    receivedAt: 1,
  };
  return readEventHeaders({ ...headers, dataAt })!;
};
const body = '{"id":"1","data":{"a":1}}';
const dataAt = body.indexOf('{"a"');

test.each([
  ['an event with data', body, dataAt],
  ['an event without data', '{"id":"1"}', 0],
])('%s fits the headers', (_, text, at) => {
  expect(isEventBody(headersWith(at), Buffer.from(text))).toBe(true);
});

test.each([
  ['an empty body', '', 0],
  ['text', 'hello', 0],
  ['half an object', '{"id":"1"', 0],
  ['data at another position', body, dataAt + 1],
  ['data before the body', body, 3],
  ['data after the body', body, 1_000],
  ['an event whose data is missing', '{"id":"1"}', 9],
  ['a body that is too large for any door', `{"a":"${'x'.repeat(8 * 1024 * 1024)}"}`, 0],
])('%s does not fit the headers', (_, text, at) => {
  expect(isEventBody(headersWith(at), Buffer.from(text))).toBe(false);
});

test.each([-1, 0.5, Number.NaN, 1e300, 2 ** 60, '1', undefined])(
  '%p is refused as the time at which an event was received',
  (receivedAt) => {
    expect(readEventHeaders({ ...headersWith(0), receivedAt })).toBeUndefined();
  },
);
