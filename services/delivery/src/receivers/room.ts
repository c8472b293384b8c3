/** A number of slots, with a short wait when all of them are taken. */
export interface Room {
  hasPlace(): boolean;
  /** Resolves when a slot is free, at the latest after the wait. */
  soon(): Promise<void>;
  /** Takes a slot for the duration of the work. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export function createRoom({ places, waitMs }: { readonly places: number; readonly waitMs: number }): Room {
  let taken = 0;
  /** Oldest first; all wait equally long. */
  const waiting: { readonly untilMs: number; readonly go: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;

  function goOn(): void {
    waiting.shift()?.go();
    if (waiting.length > 0) return;
    clearTimeout(timer);
    timer = undefined;
  }

  function lapse(): void {
    const nowMs = performance.now();
    while (waiting[0] !== undefined && waiting[0].untilMs <= nowMs) goOn();
    if (waiting[0] !== undefined) timer = setTimeout(lapse, waiting[0].untilMs - nowMs);
  }

  return {
    hasPlace: () => taken < places,

    soon() {
      if (taken < places) return Promise.resolve();
      timer ??= setTimeout(lapse, waitMs);
      return new Promise((go) => waiting.push({ untilMs: performance.now() + waitMs, go }));
    },

    async during(work) {
      taken += 1;
      try {
        return await work();
      } finally {
        taken -= 1;
        goOn();
      }
    },
  };
}
