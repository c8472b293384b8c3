import { describe, expect, it } from '@jest/globals';
import { createQueueAge } from '../src/observing/queue-age.js';

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
