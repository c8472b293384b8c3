import type { Forwarded } from '@callbus/broker/broker';
import { tierFor } from '@callbus/contracts/topology';
import type { Tracing } from '@callbus/runtime/observability/tracing';
import { expect, test } from '@jest/globals';
import type { Fate } from '../src/tasks/fate.js';
import { createJournal } from '../src/journal/journal.js';
import { traceDelivery } from '../src/journal/trace-delivery.js';
import { deliveryHeaders, eventHeaders, hold, messageOf, taskOf } from './task-of.js';

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

test('an event is dispatched in the trace of its span, which its tasks go on in, and which says how many they are', async () => {
  const dispatched: Forwarded = { kind: 'forwarded', steps: [], mayReturn: true };
  const { dispatchEvent, observer } = traceDelivery(tracing);
  const journal = createJournal([observer]);
  const dispatch = dispatchEvent(({ headers: { traceparent } }) => {
    expect(traceparent).toBe('of the span');
    journal.matched(eventHeaders({ traceparent: 'of the span' }), [1, 2]);
    return Promise.resolve(dispatched);
  });
  expect(await dispatch(messageOf(eventHeaders({ traceparent: 'of the message' })), hold)).toBe(dispatched);
  expect(ended.pop()).toEqual({ notes: { 'callbus.deliveries': 2 }, error: undefined });
});

test.each<[Fate, string | undefined]>([
  [{ kind: 'delivered' }, undefined],
  [{ kind: 'retry', after }, 'refused'],
  [{ kind: 'park', after }, undefined],
  [{ kind: 'alone' }, undefined],
  [{ kind: 'returned' }, undefined],
  [{ kind: 'undelivered', reason: 'exhausted', status: 503, answer: 'busy' }, 'refused'],
  [{ kind: 'undelivered', reason: 'expired' }, undefined],
])('the fate of a delivery stays as it is: %o', async (fate, attempted) => {
  const { deliver, observer } = traceDelivery(tracing);
  const task = taskOf(deliveryHeaders({ traceparent: 'of the message' }));
  const traced = deliver((each) => {
    expect(each.origin.headers.traceparent).toBe('of the span');
    const result = { kind: 'error', reason: 'x', durationMs: 1 } as const;
    if (attempted !== undefined) observer.attempted?.(each, result, 'refused');
    return Promise.resolve(fate);
  });
  expect(await traced(task)).toBe(fate);
  if (attempted !== undefined)
    expect(ended.pop()).toMatchObject({ notes: { 'callbus.outcome': attempted }, error: attempted });
});

test('without tracing every step is what it was', () => {
  const { dispatchEvent, deliver } = traceDelivery(undefined);
  const step = () => Promise.resolve<Fate>({ kind: 'delivered' });
  const dispatch = () => Promise.resolve<Fate & { kind: 'returned' }>({ kind: 'returned' });
  expect(deliver(step)).toBe(step);
  expect(dispatchEvent(dispatch)).toBe(dispatch);
});
