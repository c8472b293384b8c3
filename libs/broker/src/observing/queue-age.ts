/**
 * Estimates the age of the message at the head of a queue. A waiting message entered the queue after the message that was taken last, and
 * after the queue was last seen empty. While messages leave the queue in order, the estimate is never too low, and too high by at most the
 * time between two readings. All times are epoch milliseconds.
 */
export function createQueueAge(startedAt: number) {
  let latest = startedAt;

  return {
    /** A message was taken which had entered the queue at the given time. */
    taken(enteredAt: number): void {
      if (enteredAt > latest) latest = enteredAt;
    },
    /** @param ready the number of messages in the queue at `now` */
    ageMs(ready: number, now: number): number {
      if (ready === 0) latest = Math.max(latest, now);
      return Math.max(0, now - latest);
    },
  };
}
