import { describe, expect, it } from '@jest/globals';
import type { ReceivedMessage } from '../src/broker.js';
import { createQueueAge, enteredAt } from '../src/observing/queue-age.js';

describe('the age of the message at the head of a queue', () => {
  it('is nothing while the queue is empty', () => {
    const age = createQueueAge(0);
    expect(age.ageMs(0, 60_000)).toBe(0);
  });

  it('is that of the message taken last while more wait', () => {
    const age = createQueueAge(0);
    age.taken(10_000);
    expect(age.ageMs(5, 12_000)).toBe(2_000);
    expect(age.ageMs(5, 15_000)).toBe(5_000);
    age.taken(14_000);
    expect(age.ageMs(4, 15_000)).toBe(1_000);
  });

  it('counts from when the queue was last seen empty, not from a message of long ago', () => {
    const age = createQueueAge(0);
    age.taken(1_000);
    age.ageMs(0, 100_000);
    expect(age.ageMs(1, 103_000)).toBe(3_000);
  });

  it('grows from the start where nothing can be taken', () => {
    const age = createQueueAge(1_000);
    expect(age.ageMs(7, 61_000)).toBe(60_000);
  });

  it('is not fooled by a clock that is ahead', () => {
    const age = createQueueAge(0);
    age.taken(5_000);
    expect(age.ageMs(1, 4_000)).toBe(0);
  });
});

describe('when a message came into its queue', () => {
  const message = (headers: ReceivedMessage['headers']): ReceivedMessage => ({
    headers,
    body: Buffer.alloc(0),
    isRedelivered: false,
  });
  const deaths = [
    { queue: 'retry.5s', time: { '!': 'timestamp', value: 1_700_000_060 } },
    { queue: 'retry.1s', time: { '!': 'timestamp', value: 1_700_000_000 } },
  ];

  it('is when ingest took it', () => {
    expect(enteredAt('events', message({ receivedAt: 5 }))).toBe(5);
    expect(enteredAt('deliveries', message({ receivedAt: 5, attempt: 1, parked: 0 }))).toBe(5);
  });

  it('is when it was replayed, or came back from a retry queue', () => {
    expect(enteredAt('deliveries', message({ receivedAt: 5, replayedAt: 9, attempt: 1, parked: 0 }))).toBe(9);
    const returned = message({ receivedAt: 5, attempt: 3, parked: 0, 'x-death': deaths });
    expect(enteredAt('deliveries', returned)).toBe(1_700_000_060_000);
  });

  it('is when it failed for what is undelivered', () => {
    expect(enteredAt('undelivered', message({ receivedAt: 5, failedAt: 8, 'x-death': deaths }))).toBe(8);
  });

  it('is not known of what does not say', () => {
    expect(enteredAt('deliveries', message({ receivedAt: 5, attempt: 2, parked: 0 }))).toBeUndefined();
    expect(enteredAt('deliveries', message({ receivedAt: 5, attempt: 1, parked: 1 }))).toBeUndefined();
    expect(enteredAt('events', message({ receivedAt: '5' }))).toBeUndefined();
    expect(enteredAt('events', message({ receivedAt: 5, 'x-death': ['?'] }))).toBe(5);
  });
});
