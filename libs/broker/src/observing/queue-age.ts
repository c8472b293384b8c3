/**
 * Estimates the age of the message at the head of a queue from the messages that were taken: messages that wait now came in after the last
 * one that was taken, and after the queue was last seen empty. While the queue is in order the estimate is never too low, and too high by
 * at most the time between two looks. Times are epoch milliseconds.
 */
export function createQueueAge(startedAt: number) {
  let latest = startedAt;

  return {
    /** A message was taken that had entered the queue at the given time. */
    taken(enteredAt: number): void {
      if (enteredAt > latest) latest = enteredAt;
    },
    /** @param ready the number of messages that wait at `now` */
    ageMs(ready: number, now: number): number {
      if (ready === 0) latest = Math.max(latest, now);
      return Math.max(0, now - latest);
    },
  };
}
