/** Places that are given back soon, and a short wait for one when all are taken. */
export interface Room {
  hasPlace(): boolean;
  /** Resolves when there is a place, at the latest after the wait. */
  soon(): Promise<void>;
  /** Takes a place for as long as it lasts. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export function createRoom({ places, waitMs }: { readonly places: number; readonly waitMs: number }): Room {
  let taken = 0;
  /** Oldest first. */
  const waiting = new Set<() => void>();

  function free(): void {
    taken -= 1;
    const [first] = waiting;
    first?.();
  }

  return {
    hasPlace: () => taken < places,

    soon() {
      if (taken < places) return Promise.resolve();
      return new Promise((resolve) => {
        const go = () => {
          clearTimeout(timer);
          waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, waitMs);
        waiting.add(go);
      });
    },

    async during(work) {
      taken += 1;
      try {
        return await work();
      } finally {
        free();
      }
    },
  };
}
