/** Lets at most so many pieces of work run at once; the others wait in the order in which they came. */
export function createPlaces(count: number) {
  const waiting: (() => void)[] = [];
  let taken = 0;

  return async function inPlace<T>(work: () => Promise<T>): Promise<T> {
    if (taken >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else taken += 1;
    try {
      return await work();
    } finally {
      // A place that is handed on stays taken.
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next();
    }
  };
}
