/** Runs work at once, or when its turn comes. */
export type Limited = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Limits how many pieces of work run at once; the others wait in FIFO order. For work that may wait without a time
 * limit, and whose pieces cost about the same. Not for work with a time-out, and not for sharing the event loop.
 */
export function limitConcurrency(most: number): Limited {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (work) => {
    if (running === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The next piece of work takes the place over, so the count stays the same.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
