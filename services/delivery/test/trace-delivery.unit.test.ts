import type { Hold, Outcome, ReceivedMessage } from '@callbus/broker/broker';
import type { DeliveryHeaders } from '@callbus/contracts/delivery-task';
import type { Tracing } from '@callbus/runtime/observability/tracing';
import { expect, test } from '@jest/globals';
import { traceDelivery } from '../src/trace-delivery.js';

const tracing: Tracing = {
  start: () => ({ traceparent: 'of the span', note: () => undefined, end: () => undefined }),
  close: () => Promise.resolve(),
};
const headers: DeliveryHeaders = {
  id: 'e',
  identity: 'identity',
  account: 'a',
  bus: '',
  name: 'n',
  type: 't',
  dialect: 'etc',
  receivedAt: 1,
  dataAt: 0,
  subscription: 1,
  attempt: 1,
  parked: 0,
  traceparent: 'of the message',
};
const message: ReceivedMessage = { headers: { ...headers }, body: Buffer.from('{}'), isRedelivered: false };
const traced = { ...headers, traceparent: 'of the span' };

const hold: Hold = { isOurs: () => true, untilMs: Infinity, isShared: false };

test('an event is dispatched in the trace of its span, which its tasks go on in', async () => {
  const dispatched: Outcome = { kind: 'dispatched', tasks: [{ headers: traced }] };
  const dispatch = traceDelivery(tracing).dispatch(({ headers: { traceparent } }) => {
    expect(traceparent).toBe('of the span');
    return Promise.resolve(dispatched);
  });
  expect(await dispatch(message, hold)).toBe(dispatched);
});

test.each<Outcome>([
  { kind: 'done' },
  { kind: 'retry', delayMs: 1_000 },
  { kind: 'park', delayMs: 1_000 },
  { kind: 'alone' },
  { kind: 'returned' },
  { kind: 'undelivered', reason: 'exhausted', status: 503, answer: 'busy' },
])('what comes of a delivery stays as it is: $kind', async (outcome) => {
  const deliver = traceDelivery(tracing).deliver(({ headers: { traceparent } }) => {
    expect(traceparent).toBe('of the span');
    return Promise.resolve(outcome);
  });
  expect(await deliver({ headers, body: message.body }, hold)).toBe(outcome);
});

test('without tracing every step is what it was', () => {
  const step = () => Promise.resolve<Outcome>({ kind: 'done' });
  const { dispatch, deliver } = traceDelivery(undefined);
  expect([dispatch(step), deliver(step)]).toEqual([step, step]);
});
