/** Limits the callbacks that dispatch makes at once. An event begins when a slot is free, and then takes one slot for each of its callbacks. */
export interface CallSlots {
  /** @param beyond the number of callbacks by which the slots may be exceeded */
  hasFree(beyond?: number): boolean;
  /** Resolves when a slot is free, or when the callbacks under way take too long to wait for them. */
  untilFree(): Promise<void>;
  /** Takes a slot for the duration of the work. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export interface CallSlotsOptions {
  readonly slots: number;
  /** The wait for a slot while callbacks are slow. Callbacks are slow when those under way have taken this long on average. */
  readonly waitMs: number;
}

export function createCallSlots({ slots, waitMs }: CallSlotsOptions): CallSlots {
  let taken = 0;
  /** The sum of the times at which the taken slots were taken. */
  let sinceMs = 0;
  /** Oldest first; all wait equally long. */
  const waiting: { readonly untilMs: number; readonly go: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;

  function wakeNext(): void {
    waiting.shift()?.go();
    if (waiting.length > 0) return;
    clearTimeout(timer);
    timer = undefined;
  }

  /** While callbacks are fast the wait goes on, so that a backlog stays in its queue. */
  function wakeExpired(): void {
    const nowMs = performance.now();
    const isSlow = taken === 0 || nowMs - sinceMs / taken >= waitMs;
    while (isSlow && waiting[0] !== undefined && waiting[0].untilMs <= nowMs) wakeNext();
    if (waiting[0] !== undefined) timer = setTimeout(wakeExpired, Math.max(waiting[0].untilMs - nowMs, waitMs / 10));
  }

  return {
    hasFree: (beyond = 0) => taken < slots + beyond,

    untilFree() {
      if (taken < slots) return Promise.resolve();
      timer ??= setTimeout(wakeExpired, waitMs);
      return new Promise((go) => waiting.push({ untilMs: performance.now() + waitMs, go }));
    },

    async during(work) {
      const startMs = performance.now();
      taken += 1;
      sinceMs += startMs;
      try {
        return await work();
      } finally {
        taken -= 1;
        sinceMs -= startMs;
        if (taken < slots) wakeNext();
      }
    },
  };
}
