import { createSlots } from './slots.js';

/** Runs work at once, or when a slot is free. */
export type Limited = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Limits how many pieces of work run at once; the others wait in FIFO order. For work that may wait without a time
 * limit, and whose pieces cost about the same. Not for work with a time-out, and not for sharing the event loop.
 */
export function limitConcurrency(most: number): Limited {
  const slots = createSlots(most);

  return async (work) => {
    const turn = slots.take();
    if (turn !== undefined) await turn;
    try {
      return await work();
    } finally {
      slots.free();
    }
  };
}
