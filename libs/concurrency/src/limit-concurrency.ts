/** Runs work, or lets it wait for its turn. */
export type Limited = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Bounds how many pieces of work run at once; the others wait first in, first out. For work that may wait as long as it takes and
 * of which each piece weighs the same. Not for work that has to give up after a time, and not for sharing the event loop.
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
      // A place that is handed on stays taken.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
