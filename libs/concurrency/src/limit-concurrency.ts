/** Runs work, or lets it wait for its turn. */
export type Limited = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Bounds how many pieces of work run at once; the others wait, first in, first out. It suits work that may wait for any time and whose
 * pieces cost the same. It does not suit work that has to give up after a time, or that has to share the event loop.
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
