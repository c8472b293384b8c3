import { expect, test } from '@jest/globals';
import { tierFor } from '@callbus/contracts/messages/topology';
import { waitFor } from '@callbus/testing/wait-for';
import { pino } from 'pino';
import { followQueues } from '../src/observing/follow-queues.js';
import { createMemoryBroker } from '../src/memory.js';
import { again, done, eventHeaders, forwarded, returned } from './contract.js';

const body = Buffer.from('{}');

test('every observer is told of every message that is published, taken or forwarded', async () => {
  const told: string[] = [];
  const broker = createMemoryBroker({ logger: pino({ level: 'silent' }) });
  broker.observe({
    consuming: (queue) => void told.push(`consuming ${queue}`),
    published: (queue, events) => void told.push(`published ${events} to ${queue}`),
    taken: (queue) => void told.push(`taken from ${queue}`),
    forwarded: ({ after }) => void told.push(`forwarded ${after?.name}`),
  });
  followQueues(broker, {
    accepted: (events) => void told.push(`accepted ${events}`),
    passed: (queue) => void told.push(`passed ${queue}`),
    reached: (queue, enteredAt) => void told.push(`reached ${queue} ${enteredAt}`),
    refused: () => undefined,
  });
  const group = { ...eventHeaders(), subscriptions: '2 3', parked: 1 };
  const parts = [Promise.resolve(forwarded(again({}, tierFor(5_000).delayMs))), Promise.resolve(done)];
  await broker.consume('events', {
    prefetch: 1,
    handle: () => Promise.resolve({ ...forwarded(again(group, 1_000)), parts }),
  });
  await broker.publishEvent({ headers: eventHeaders({ receivedAt: 7 }), body });
  await waitFor(() => told.length >= 10, { what: 'every message' });
  expect(told[0]).toBe('consuming events');
  expect(told.slice(1).sort()).toEqual([
    'accepted 1',
    'forwarded 1s',
    'forwarded 5s',
    'passed events',
    'passed retry.1s',
    'passed retry.5s',
    'published 1 to events',
    'reached events 7',
    'taken from events',
  ]);
  await broker.close();
});

test('a message that returns to its queue has no next step to tell of', async () => {
  let steps = 0;
  let calls = 0;
  const broker = createMemoryBroker({ logger: pino({ level: 'silent' }) });
  broker.observe({ forwarded: () => void (steps += 1) });
  await broker.consume('events', { prefetch: 1, handle: () => Promise.resolve(++calls === 1 ? returned : done) });
  await broker.publishEvent({ headers: eventHeaders(), body });
  await waitFor(() => calls === 2, { what: 'the message again' });
  expect(steps).toBe(0);
  await broker.close();
});
