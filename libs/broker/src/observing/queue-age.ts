import type { WorkQueue } from '@callbus/contracts/topology';
import type { ReceivedMessage } from '../broker.js';

/**
 * Estimates the age of the message at the head of a queue from the messages that were taken: messages that wait now came in after the last
 * one that was taken, and after the queue was last seen empty. While the queue is in order the estimate is never too low, and too high by
 * at most the time between two looks. Times are epoch milliseconds.
 */
export function createQueueAge(startedAt: number) {
  let latest = startedAt;

  return {
    /** A message was taken that had come into the queue then. */
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

/** When a message came into its queue, in epoch milliseconds; undefined when its headers do not tell. */
export function enteredAt(queue: WorkQueue, { headers }: ReceivedMessage): number | undefined {
  if (queue === 'undelivered') return numberIn(headers['failedAt']);
  const returnedAt = lastDeathOf(headers['x-death']);
  if (returnedAt !== undefined) return returnedAt;
  const isFirstTime = (headers['attempt'] ?? 1) === 1 && (headers['parked'] ?? 0) === 0;
  return isFirstTime ? (numberIn(headers['replayedAt']) ?? numberIn(headers['receivedAt'])) : undefined;
}

/** The broker records in whole seconds when a message left a retry queue, the latest first. */
function lastDeathOf(deaths: unknown): number | undefined {
  const death: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  const time = memberOf(death, 'time');
  const seconds = numberIn(memberOf(time, 'value'));
  return seconds === undefined ? undefined : seconds * 1_000;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
