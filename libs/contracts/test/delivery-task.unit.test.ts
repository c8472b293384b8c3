import { expect, test } from '@jest/globals';
import { groupHeaders, readGroupHeaders } from '../src/delivery-task.js';
import type { EventHeaders } from '../src/event.js';

const event: EventHeaders = {
  id: '1',
  identity: 'i',
  account: '0',
  bus: '',
  name: 'a.b',
  type: 'b',
  dialect: 'etc',
  receivedAt: 1,
  dataAt: 0,
  traceparent: undefined,
};
const group = { event, subscriptions: [7, 12, 3], parked: 2 };

test('a group is read as it was written', () => {
  expect(readGroupHeaders({ ...groupHeaders(group), 'x-death': [] })).toEqual(group);
});

test.each([
  ['no subscriptions', { subscriptions: '' }],
  ['something else than ids', { subscriptions: '7 x' }],
  ['no id', { subscriptions: '7 0' }],
  ['a list', { subscriptions: [7, 12] }],
  ['no count', { parked: '2' }],
  ['half an event', { account: undefined }],
])('with %s it is no group', (_, changes) => {
  expect(readGroupHeaders({ ...groupHeaders(group), ...changes })).toBeUndefined();
});
