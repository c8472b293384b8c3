/** Limits work at once to a fixed number of slots. Work that finds no free slot waits in FIFO order. */
export interface Slots {
  /**
   * Takes slots for one piece of work. Work that needs several slots begins as soon as one of them is free.
   *
   * @returns a promise to wait for; undefined when the work may begin at once
   */
  take(count?: number): Promise<void> | undefined;
  free(count?: number): void;
  taken(): number;
  /** How many pieces of work wait. */
  waiting(): number;
}

export function createSlots(most: number): Slots {
  const waiting: { readonly count: number; readonly begin: () => void }[] = [];
  let taken = 0;

  return {
    take(count = 1) {
      if (taken >= most || waiting.length > 0) return new Promise((begin) => waiting.push({ count, begin }));
      taken += count;
      return undefined;
    },
    free(count = 1) {
      taken -= count;
      for (let first = waiting[0]; first !== undefined && taken < most; first = waiting[0]) {
        waiting.shift();
        taken += first.count;
        first.begin();
      }
    },
    taken: () => taken,
    waiting: () => waiting.length,
  };
}
