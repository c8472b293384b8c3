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
])('%s may be an event', (_, text, at) => {
  expect(isEventBody(headersWith(at), Buffer.from(text))).toBe(true);
});

test.each([
  ['nothing', '', 0],
  ['text', 'hello', 0],
  ['half an object', '{"id":"1"', 0],
  ['data elsewhere', body, dataAt + 1],
  ['data before the beginning', body, 3],
  ['data behind the end', body, 1_000],
  ['no data where some should be', '{"id":"1"}', 9],
  ['more than any door takes', `{"a":"${'x'.repeat(8 * 1024 * 1024)}"}`, 0],
])('%s is no event', (_, text, at) => {
  expect(isEventBody(headersWith(at), Buffer.from(text))).toBe(false);
});

test.each([-1, 0.5, Number.NaN, 1e300, 2 ** 60, '1', undefined])(
  '%p is no time at which an event was received',
  (receivedAt) => {
    expect(readEventHeaders({ ...headersWith(0), receivedAt })).toBeUndefined();
  },
);
