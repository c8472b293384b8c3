import { tierFor } from '@callbus/contracts/messages/topology';
import type { Tracing } from '@callbus/runtime/observability/tracing';
import { expect, test } from '@jest/globals';
import type { Dispatched } from '../src/dispatch.js';
import { deliverSpan, dispatchSpan, inSpan } from '../src/spans.js';
import type { Fate } from '../src/tasks/fate.js';
import type { Task } from '../src/tasks/task.js';
import { deliveryHeaders, eventHeaders, messageOf, taskOf } from './task-of.js';

type Notes = Record<string, unknown>;
const ended: { readonly notes: Notes; readonly error: string | undefined }[] = [];
const tracing: Tracing = {
  start() {
    const notes: Notes = {};
    return {
      traceparent: 'of the span',
      note: (more) => void Object.assign(notes, more),
      end: (error) => void ended.push({ notes, error }),
    };
  },
  close: () => Promise.resolve(),
};
const after = tierFor(1_000);

test('an event is dispatched in the context of its span, which records the number of deliveries', async () => {
  const dispatched: Dispatched = { kind: 'forwarded', deliveries: 2, steps: [], mayReturn: true };
  const dispatch = inSpan(tracing, dispatchSpan, ({ headers: { traceparent } }) => {
    expect(traceparent).toBe('of the span');
    return Promise.resolve(dispatched);
  });
  expect(await dispatch(messageOf(eventHeaders({ traceparent: 'of the message' })))).toBe(dispatched);
  expect(ended.splice(0)).toEqual([{ notes: { 'callbus.deliveries': 2 }, error: undefined }]);
});

test.each<[Fate, object | undefined]>([
  [{ kind: 'delivered' }, { notes: { 'callbus.outcome': 'confirmed' }, error: undefined }],
  [{ kind: 'dropped' }, { notes: { 'callbus.outcome': 'dropped' }, error: undefined }],
  [
    { kind: 'retry', after, outcome: 'refused' },
    { notes: { 'callbus.outcome': 'refused', 'callbus.retry_delay_ms': 1_000 }, error: 'refused' },
  ],
  [
    { kind: 'undelivered', reason: 'exhausted', outcome: 'timeout' },
    { notes: { 'callbus.outcome': 'timeout', 'callbus.undelivered': 'exhausted' }, error: 'timeout' },
  ],
  [
    { kind: 'undelivered', reason: 'expired' },
    { notes: { 'callbus.outcome': 'expired' }, error: 'expired' },
  ],
  [
    { kind: 'undelivered', reason: 'held' },
    { notes: { 'callbus.outcome': 'held' }, error: undefined },
  ],
  [{ kind: 'park', after }, undefined],
  [{ kind: 'alone' }, undefined],
  [{ kind: 'returned' }, undefined],
])('the span of a task tells its fate, and is dropped when no attempt was due: %o', async (fate, span) => {
  const deliver = inSpan(tracing, deliverSpan, ({ origin }: Task) => {
    expect(origin.headers.traceparent).toBe('of the span');
    return Promise.resolve(fate);
  });
  expect(await deliver(taskOf(deliveryHeaders({ traceparent: 'of the message' })))).toBe(fate);
  expect(ended.splice(0)).toMatchObject(span === undefined ? [] : [span]);
});

test('the span of a step that throws ends with the name of the error', async () => {
  const dispatch = inSpan(tracing, dispatchSpan, () => Promise.reject(new TypeError('secret')));
  await expect(dispatch(messageOf(eventHeaders()))).rejects.toThrow('secret');
  expect(ended.splice(0)).toEqual([{ notes: {}, error: 'TypeError' }]);
});

test('without tracing, a step is unchanged', () => {
  const step = () => Promise.resolve<Fate>({ kind: 'delivered' });
  expect(inSpan(undefined, deliverSpan, step)).toBe(step);
});
