import { readEventHeaders, type EventHeaders } from '../events/event.js';

/** The headers of a delivery's message, whose body is the event. */
export interface DeliveryHeaders extends EventHeaders {
  readonly subscription: number;
  /** The number of the next attempt, from 1. */
  readonly attempt: number;
  /** How often the task was parked since its last attempt. */
  readonly parked: number;
  /** Epoch milliseconds of the replay. The age of a replayed task counts from here. */
  readonly replayedAt?: number | undefined;
}

/** The headers that a delivery adds to those of its event. */
type Stage = Pick<DeliveryHeaders, 'subscription' | 'attempt' | 'parked' | 'replayedAt'>;

/** Tasks of one event in one message, parked for the same time before their first attempts. */
export interface TaskGroup {
  readonly event: EventHeaders;
  readonly subscriptions: readonly number[];
  readonly parked: number;
}

/** The members are listed, because that takes 0.05 µs: a spread followed by members takes 1.6 µs (Node 20). */
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
    tracestate: event.tracestate,
    baggage: event.baggage,
    hops: event.hops,
    subscription: stage.subscription,
    attempt: stage.attempt,
    parked: stage.parked,
    replayedAt: stage.replayedAt,
  };
}

/** @returns undefined when a header is missing or of the wrong type */
export function readDeliveryHeaders(headers: Readonly<Record<string, unknown>>): DeliveryHeaders | undefined {
  const event = readEventHeaders(headers);
  const { subscription, attempt, parked, replayedAt } = headers;
  if (event === undefined || !isCount(subscription) || !isCount(attempt) || !isCount(parked)) return undefined;
  const since = isCount(replayedAt) ? replayedAt : undefined;
  return deliveryHeaders(event, { subscription, attempt, parked, replayedAt: since });
}

/** The ids are joined to one text, which is the cheapest to encode. */
export type GroupHeaders = EventHeaders & { readonly subscriptions: string; readonly parked: number };

export function groupHeaders({ event, subscriptions, parked }: TaskGroup): GroupHeaders {
  return { ...event, subscriptions: subscriptions.join(' '), parked };
}

/** @returns the headers of two smaller groups; empty when the message cannot be divided */
export function halvesOf(headers: object): readonly object[] {
  const ids =
    'subscriptions' in headers && typeof headers.subscriptions === 'string' ? headers.subscriptions.split(' ') : [];
  if (ids.length < 2) return [];
  const middle = Math.ceil(ids.length / 2);
  return [ids.slice(0, middle), ids.slice(middle)].map((half) => ({ ...headers, subscriptions: half.join(' ') }));
}

/** @returns undefined when a header is missing or of the wrong type */
export function readGroupHeaders(headers: Readonly<Record<string, unknown>>): TaskGroup | undefined {
  const event = readEventHeaders(headers);
  const { subscriptions, parked } = headers;
  if (event === undefined || typeof subscriptions !== 'string' || !isCount(parked)) return undefined;
  const ids = subscriptions.split(' ').map(Number);
  return ids.every((id) => isCount(id) && id > 0) ? { event, subscriptions: ids, parked } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
