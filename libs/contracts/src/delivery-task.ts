import { readEventHeaders, type EventHeaders } from './event.js';

/** One event for one subscription: the event's own bytes, with these headers. */
export interface DeliveryHeaders extends EventHeaders {
  readonly subscription: number;
  /** The attempt that is to be made next, from 1. */
  readonly attempt: number;
  /** How often the task was put aside since its last attempt. */
  readonly parked: number;
  /** Epoch milliseconds at which it was taken out of `undelivered` to be tried again: from then on its age counts. */
  readonly replayedAt?: number;
}

export interface DeliveryTask {
  readonly headers: DeliveryHeaders;
  readonly body: Buffer;
}

/** Why a task ended in `undelivered`. `poison`: unreadable, or returned to its queue too often. */
export type UndeliveredReason = 'exhausted' | 'held' | 'expired' | 'poison';

/** @returns the headers, or undefined when any is missing or of the wrong type. */
export function readDeliveryHeaders(headers: Readonly<Record<string, unknown>>): DeliveryHeaders | undefined {
  const event = readEventHeaders(headers);
  const { subscription, attempt, parked, replayedAt } = headers;
  if (event === undefined || !isCount(subscription) || !isCount(attempt) || !isCount(parked)) return undefined;
  const task = { ...event, subscription, attempt, parked };
  return isCount(replayedAt) ? { ...task, replayedAt } : task;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
