import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { waitFor } from '@callbus/testing/wait-for';
import type { Outcome } from '../src/broker.js';
import { createMemoryBroker } from '../src/memory.js';
import { observeBroker } from '../src/observe.js';
import { eventHeaders } from './contract.js';

test('the observer is told of every task, whether it goes alone or is parked with others', async () => {
  const settled: [string, string][] = [];
  const broker = observeBroker(createMemoryBroker({ logger: pino({ level: 'silent' }) }), {
    confirmed: () => undefined,
    consuming: () => undefined,
    settled: (queue, { kind }) => void settled.push([queue, kind]),
  });
  const event = eventHeaders();
  const task = { ...event, subscription: 1, attempt: 1, parked: 0 };
  const outcome: Outcome = {
    kind: 'dispatched',
    tasks: [{ headers: task, outcome: Promise.resolve({ kind: 'done' }) }],
    parked: [{ event, subscriptions: [2, 3], parked: 0, delayMs: 1_000 }],
  };
  await broker.consume('events', { prefetch: 1, handle: () => Promise.resolve(outcome) });
  await broker.publishEvent({ headers: event, body: Buffer.from('{}') });
  await waitFor(() => settled.length === 4, { what: 'the event and its tasks' });
  expect(settled).toEqual([
    ['events', 'dispatched'],
    ['deliveries', 'park'],
    ['deliveries', 'park'],
    ['deliveries', 'done'],
  ]);
  await broker.close();
});
