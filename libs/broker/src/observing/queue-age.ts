import type { WorkQueue } from '@callbus/contracts/topology';
import type { ReceivedMessage } from '../broker.js';

/**
 * How long the message at the head of a queue has waited, told from the messages that were taken off it: what waits now came
 * in after the last one that was taken, and after the queue was last seen empty. So it is never too low while the queue
 * is in order, and too high by no more than the time between two looks. Times are epoch milliseconds.
 */
export function createQueueAge(startedAt: number) {
  let latest = startedAt;

  return {
    /** A message that came into the queue then was taken off it. */
    taken(enteredAt: number): void {
      if (enteredAt > latest) latest = enteredAt;
    },
    /** @param ready how many messages wait at `now` */
    ageMs(ready: number, now: number): number {
      if (ready === 0) latest = Math.max(latest, now);
      return Math.max(0, now - latest);
    },
  };
}

/** When a message came into its queue, in epoch milliseconds; undefined when it does not say. */
export function enteredAt(queue: WorkQueue, { headers }: ReceivedMessage): number | undefined {
  if (queue === 'undelivered') return numberIn(headers['failedAt']);
  const returnedAt = lastDeathOf(headers['x-death']);
  if (returnedAt !== undefined) return returnedAt;
  const isFirstTime = (headers['attempt'] ?? 1) === 1 && (headers['parked'] ?? 0) === 0;
  return isFirstTime ? (numberIn(headers['replayedAt']) ?? numberIn(headers['receivedAt'])) : undefined;
}

/** The broker notes in whole seconds when a message left a retry queue, the latest first. */
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
