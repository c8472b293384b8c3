import { expect, test } from '@jest/globals';
import { tierFor } from '@callbus/contracts/topology';
import { waitFor } from '@callbus/testing/wait-for';
import { pino } from 'pino';
import { followQueues } from '../src/observing/follow-queues.js';
import { createMemoryBroker } from '../src/memory.js';
import { again, done, eventHeaders, forwarded, returned } from './contract.js';

const body = Buffer.from('{}');

test('every observer is told of what is published, taken and forwarded, in messages', async () => {
  const told: string[] = [];
  const broker = createMemoryBroker({ logger: pino({ level: 'silent' }) });
  broker.observe({
    consuming: (queue) => void told.push(`consuming ${queue}`),
    confirmed: () => void told.push('confirmed'),
    published: (queue) => void told.push(`published to ${queue}`),
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
  await waitFor(() => told.length >= 13, { what: 'all that is told' });
  expect(told[0]).toBe('consuming events');
  expect(told.slice(1).sort()).toEqual([
    'accepted 1',
    'confirmed',
    'forwarded 1s',
    'forwarded 5s',
    'passed events',
    'passed retry.1s',
    'passed retry.5s',
    'published to events',
    'published to retry.1s',
    'published to retry.5s',
    'reached events 7',
    'taken from events',
  ]);
  await broker.close();
});

test('nothing is told of a step for a message that goes back to its queue', async () => {
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
