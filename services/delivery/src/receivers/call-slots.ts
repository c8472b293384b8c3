/** Limits the callbacks that dispatch makes at once, with a short wait while all slots are taken. */
export interface CallSlots {
  hasFree(): boolean;
  /** Resolves when a slot is free, at the latest after the wait. */
  untilFree(): Promise<void>;
  /** Takes a slot for the duration of the work. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export function createCallSlots({ slots, waitMs }: { readonly slots: number; readonly waitMs: number }): CallSlots {
  let taken = 0;
  /** Oldest first; all wait equally long. */
  const waiting: { readonly untilMs: number; readonly go: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;

  function wakeNext(): void {
    waiting.shift()?.go();
    if (waiting.length > 0) return;
    clearTimeout(timer);
    timer = undefined;
  }

  function wakeExpired(): void {
    const nowMs = performance.now();
    while (waiting[0] !== undefined && waiting[0].untilMs <= nowMs) wakeNext();
    if (waiting[0] !== undefined) timer = setTimeout(wakeExpired, waiting[0].untilMs - nowMs);
  }

  return {
    hasFree: () => taken < slots,

    untilFree() {
      if (taken < slots) return Promise.resolve();
      timer ??= setTimeout(wakeExpired, waitMs);
      return new Promise((go) => waiting.push({ untilMs: performance.now() + waitMs, go }));
    },

    async during(work) {
      taken += 1;
      try {
        return await work();
      } finally {
        taken -= 1;
        wakeNext();
      }
    },
  };
}
