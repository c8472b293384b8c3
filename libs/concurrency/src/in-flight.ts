/** Counts work in progress, so that a service can wait for the end of all work before it closes. */
export interface InFlight {
  begin(): void;
  end(): void;
  count(): number;
  /** Counts `work` from its start to its end. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when no work is in progress. */
  idle(): Promise<void>;
}

export function createInFlight(): InFlight {
  const waiting: (() => void)[] = [];
  let count = 0;

  function end(): void {
    count -= 1;
    if (count === 0) for (const resolve of waiting.splice(0)) resolve();
  }

  return {
    begin: () => void (count += 1),
    end,
    count: () => count,
    async during(work) {
      count += 1;
      try {
        return await work();
      } finally {
        end();
      }
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
