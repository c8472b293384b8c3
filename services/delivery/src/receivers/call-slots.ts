/** Limits the callbacks that dispatch makes at once. An event begins when a slot is free, and may then make all of its callbacks. */
export interface CallSlots {
  /** Whether an event may begin. */
  hasFree(): boolean;
  /** Whether an event that has begun may make one more callback. */
  hasRoom(): boolean;
  /** Resolves when a slot is free, or when the wait is over. */
  untilFree(): Promise<void>;
  /** Takes a slot for the duration of the work. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export interface CallSlotsOptions {
  readonly slots: number;
  /** The number of callbacks by which events that have begun may exceed the slots. */
  readonly beyond: number;
  /** The longest wait while callbacks are slow. They are slow when fewer than half as many as there are slots end in this time. */
  readonly waitMs: number;
}

export function createCallSlots({ slots, beyond, waitMs }: CallSlotsOptions): CallSlots {
  let taken = 0;
  /** Oldest first. */
  const waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** The number of callbacks that have ended since the last check. */
  let ended = 0;

  /** While callbacks are fast the waits go on, so that a backlog stays in its queue instead of passing `deliveries`. */
  function check(): void {
    const areSlow = ended < slots / 2;
    ended = 0;
    if (areSlow) for (const go of waiting.splice(0)) go();
    timer = waiting.length > 0 ? setTimeout(check, waitMs) : undefined;
  }

  function wakeNext(): void {
    waiting.shift()?.();
    if (waiting.length > 0) return;
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    hasFree: () => taken < slots,
    hasRoom: () => taken < slots + beyond,

    untilFree() {
      if (taken < slots) return Promise.resolve();
      if (timer === undefined) {
        ended = 0;
        timer = setTimeout(check, waitMs);
      }
      return new Promise((go) => waiting.push(go));
    },

    async during(work) {
      taken += 1;
      try {
        return await work();
      } finally {
        taken -= 1;
        ended += 1;
        if (taken < slots) wakeNext();
      }
    },
  };
}
