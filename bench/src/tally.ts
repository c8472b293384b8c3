/** Counts of events, by sequence and receiver. */
export interface Count {
  readonly received: number;
  /** Different pairs of event and receiver. */
  readonly distinct: number;
  readonly repeated: number;
}

/** @param first the first sequence that counts; lower ones belong to earlier runs */
export function createTally(first = 0) {
  const seen = new Map<string, Uint8Array>();
  let received = 0;
  let distinct = 0;

  return {
    /** @returns whether the receiver gets the event for the first time */
    add(receiver: string, eventSequence: number): boolean {
      const sequence = eventSequence - first;
      if (sequence < 0) return false;
      let times = seen.get(receiver);
      if (times === undefined || sequence >= times.length) {
        const larger = new Uint8Array(Math.max(1_024, 2 * sequence));
        if (times !== undefined) larger.set(times);
        seen.set(receiver, (times = larger));
      }
      const before = times[sequence] ?? 0;
      times[sequence] = Math.min(before + 1, 255);
      received += 1;
      if (before === 0) distinct += 1;
      return before === 0;
    },
    count: (): Count => ({ received, distinct, repeated: received - distinct }),
  };
}
