import { expect, test } from '@jest/globals';
import {
  deliveryHeaders,
  groupHeaders,
  readDeliveryHeaders,
  readGroupHeaders,
} from '../src/deliveries/delivery-task.js';
import { hopsOf, readEventHeaders, type EventHeaders } from '../src/events/event.js';

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
  tracestate: 'ts',
  baggage: 'b=1',
  hops: 3,
};
const group = { event, subscriptions: [7, 12, 3], parked: 2 };

test('a group stays the same when it is written and read', () => {
  expect(readGroupHeaders({ ...groupHeaders(group), 'x-death': [] })).toEqual(group);
});

test('a task stays the same when it is written and read', () => {
  const task = deliveryHeaders(event, { subscription: 7, attempt: 2, parked: 0 });
  expect(readDeliveryHeaders({ ...task })).toEqual(task);
  expect(hopsOf(task)).toBe(3);
});

test.each([[undefined], [0], [-1], [1.5], ['2'], [null], [Infinity]])('hops of %j count as 0', (hops) => {
  expect(hopsOf(readEventHeaders({ ...event, hops })!)).toBe(0);
});

test.each([
  ['no subscriptions', { subscriptions: '' }],
  ['a text that is not an id', { subscriptions: '7 x' }],
  ['an id of 0', { subscriptions: '7 0' }],
  ['a list', { subscriptions: [7, 12] }],
  ['a count that is not a number', { parked: '2' }],
  ['an incomplete event', { account: undefined }],
])('headers with %s are not a group', (_, changes) => {
  expect(readGroupHeaders({ ...groupHeaders(group), ...changes })).toBeUndefined();
});
