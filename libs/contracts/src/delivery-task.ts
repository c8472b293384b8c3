import { readEventHeaders, type EventHeaders } from './event.js';

/** One event for one subscription: the event's own bytes, with these headers. */
export interface DeliveryHeaders extends EventHeaders {
  readonly subscription: number;
  /** The attempt that is to be made next, from 1. */
  readonly attempt: number;
  /** How often the task was put aside since its last attempt. */
  readonly parked: number;
  /** Epoch milliseconds at which it was taken out of `undelivered` to be tried again: from then on its age counts. */
  readonly replayedAt?: number | undefined;
}

/** What the headers of a delivery add to those of its event. */
type Stage = Pick<DeliveryHeaders, 'subscription' | 'attempt' | 'parked' | 'replayedAt'>;

export interface DeliveryTask {
  readonly headers: DeliveryHeaders;
  readonly body: Buffer;
}

/** Why a task ended in `undelivered`. `poison`: unreadable, or returned to its queue too often. */
export type UndeliveredReason = 'exhausted' | 'held' | 'expired' | 'poison';

/** Written out: a spread with more members behind it takes 1.6 µs for this object, and this 0.05 (Node 20). */
export function deliveryHeaders(event: EventHeaders, stage: Stage): DeliveryHeaders {
  return {
    id: event.id,
    identity: event.identity,
    account: event.account,
    bus: event.bus,
    name: event.name,
    type: event.type,
    dialect: event.dialect,
    receivedAt: event.receivedAt,
    dataAt: event.dataAt,
    traceparent: event.traceparent,
    subscription: stage.subscription,
    attempt: stage.attempt,
    parked: stage.parked,
    replayedAt: stage.replayedAt,
  };
}

/** @returns the headers, or undefined when any is missing or of the wrong type. */
export function readDeliveryHeaders(headers: Readonly<Record<string, unknown>>): DeliveryHeaders | undefined {
  const event = readEventHeaders(headers);
  const { subscription, attempt, parked, replayedAt } = headers;
  if (event === undefined || !isCount(subscription) || !isCount(attempt) || !isCount(parked)) return undefined;
  const since = isCount(replayedAt) ? replayedAt : undefined;
  return deliveryHeaders(event, { subscription, attempt, parked, replayedAt: since });
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
