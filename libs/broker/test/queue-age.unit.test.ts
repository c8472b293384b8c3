import { describe, expect, it } from '@jest/globals';
import { createQueueAge } from '../src/observing/queue-age.js';

describe('the age of the message at the head of a queue', () => {
  it('is 0 while the queue is empty', () => {
    const age = createQueueAge(0);
    expect(age.ageMs(0, 60_000)).toBe(0);
  });

  it('is the age of the message that was taken last, while others wait', () => {
    const age = createQueueAge(0);
    age.taken(10_000);
    expect(age.ageMs(5, 12_000)).toBe(2_000);
    expect(age.ageMs(5, 15_000)).toBe(5_000);
    age.taken(14_000);
    expect(age.ageMs(4, 15_000)).toBe(1_000);
  });

  it('counts from the time at which the queue was last seen empty', () => {
    const age = createQueueAge(0);
    age.taken(1_000);
    age.ageMs(0, 100_000);
    expect(age.ageMs(1, 103_000)).toBe(3_000);
  });

  it('counts from the start while no message is taken', () => {
    const age = createQueueAge(1_000);
    expect(age.ageMs(7, 61_000)).toBe(60_000);
  });

  it('is not negative when the clock of the publisher is ahead', () => {
    const age = createQueueAge(0);
    age.taken(5_000);
    expect(age.ageMs(1, 4_000)).toBe(0);
  });
});
