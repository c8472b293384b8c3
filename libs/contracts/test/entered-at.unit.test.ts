import { describe, expect, it } from '@jest/globals';
import { enteredAt } from '../src/messages/entered-at.js';
import type { Table } from '../src/messages/message-format.js';

describe('the time at which a message entered its queue', () => {
  const message = (headers: Table) => ({ headers });
  const deaths = [
    { queue: 'retry.5s', time: { '!': 'timestamp', value: 1_700_000_060 } },
    { queue: 'retry.1s', time: { '!': 'timestamp', value: 1_700_000_000 } },
  ];

  it('is the time at which ingest received it', () => {
    expect(enteredAt('events', message({ receivedAt: 5 }))).toBe(5);
    expect(enteredAt('deliveries', message({ receivedAt: 5, attempt: 1, parked: 0 }))).toBe(5);
  });

  it('is the time of its replay or of its return from a retry queue', () => {
    expect(enteredAt('deliveries', message({ receivedAt: 5, replayedAt: 9, attempt: 1, parked: 0 }))).toBe(9);
    const returned = message({ receivedAt: 5, attempt: 3, parked: 0, 'x-death': deaths });
    expect(enteredAt('deliveries', returned)).toBe(1_700_000_060_000);
  });

  it('is the time of the failure of an undelivered message', () => {
    expect(enteredAt('undelivered', message({ receivedAt: 5, failedAt: 8, 'x-death': deaths }))).toBe(8);
  });

  it('is unknown for other messages', () => {
    expect(enteredAt('deliveries', message({ receivedAt: 5, attempt: 2, parked: 0 }))).toBeUndefined();
    expect(enteredAt('deliveries', message({ receivedAt: 5, attempt: 1, parked: 1 }))).toBeUndefined();
    expect(enteredAt('events', message({ receivedAt: '5' }))).toBeUndefined();
    expect(enteredAt('events', message({ receivedAt: 5, 'x-death': ['?'] }))).toBe(5);
  });
});
