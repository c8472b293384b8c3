/** Limits the callbacks that dispatch makes at once. An event begins when it has a slot, and may then make all of its callbacks. */
export interface CallSlots {
  /** Takes a slot if one is free. */
  take(): boolean;
  /** Waits for a slot and takes it. @returns false when the wait was ended without a slot */
  untilTaken(): Promise<boolean>;
  free(): void;
  /** Whether an event that has begun may make one more callback. */
  hasRoom(): boolean;
  /** Takes a slot for the duration of a callback. */
  during<T>(callback: () => Promise<T>): Promise<T>;
}

export interface CallSlotsOptions {
  readonly slots: number;
  /** The number of callbacks by which events that have begun may exceed the slots, so that their tasks need no messages. */
  readonly beyond: number;
  /** The wait for a slot while callbacks are slow. Callbacks are slow when half of the slots are taken by callbacks that have taken this long. */
  readonly waitMs: number;
  /** Whether this process has been busy since the last call. Then the duration of callbacks says nothing about their receivers. */
  readonly isBusy: () => boolean;
}

const fewestEnds = 8;

export function createCallSlots({ slots, beyond, waitMs, isBusy }: CallSlotsOptions): CallSlots {
  let taken = 0;
  /** The callbacks under way, oldest first. */
  const callbacks = new Set<{ readonly sinceMs: number }>();
  /** Oldest first; all wait equally long. */
  const waiting: { readonly untilMs: number; readonly go: (hasSlot: boolean) => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** How many waits the next check may end. It grows while callbacks stay slow, so that a short stall moves few events to `deliveries`. */
  let mostEnds = fewestEnds;

  function take(): boolean {
    if (taken >= slots) return false;
    taken += 1;
    return true;
  }

  function free(): void {
    taken -= 1;
    while (waiting.length > 0 && take()) waiting.shift()?.go(true);
  }

  function areSlow(nowMs: number): boolean {
    let slow = 0;
    for (const { sinceMs } of callbacks) {
      if (nowMs - sinceMs < waitMs) return false;
      slow += 1;
      if (slow >= slots / 2) return true;
    }
    return false;
  }

  /** Ends waits that have been long enough. While callbacks are fast, or the worker itself is slow, they go on, so that a backlog stays in its queue. */
  function endWaits(): void {
    const nowMs = performance.now();
    const mayEnd = !isBusy() && areSlow(nowMs);
    const over = waiting.slice(0, mayEnd ? mostEnds : 0).filter(({ untilMs }) => untilMs <= nowMs);
    for (const { go } of waiting.splice(0, over.length)) go(false);
    mostEnds = mayEnd ? 2 * mostEnds : fewestEnds;
    timer = waiting.length > 0 ? setTimeout(endWaits, waitMs / 2) : undefined;
  }

  return {
    take,
    free,
    hasRoom: () => taken < slots + beyond,

    untilTaken() {
      if (timer === undefined) {
        isBusy(); // Begins to measure.
        timer = setTimeout(endWaits, waitMs);
      }
      return new Promise((go) => waiting.push({ untilMs: performance.now() + waitMs, go }));
    },

    async during(callback) {
      const underWay = { sinceMs: performance.now() };
      taken += 1;
      callbacks.add(underWay);
      try {
        return await callback();
      } finally {
        callbacks.delete(underWay);
        free();
      }
    },
  };
}
