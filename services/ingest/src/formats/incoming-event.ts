import type { Dialect, TraceContext } from '@callbus/contracts/events/event';
import type { Caller } from '@callbus/runtime/auth/auth';
import { Fault } from '../errors.js';

/** An event of any format after its check: a CloudEvent, and the values that the message's headers carry. */
export interface IncomingEvent {
  readonly dialect: Dialect;
  readonly account: string;
  /** The empty string for an event that belongs to no bus. */
  readonly bus: string;
  /** The name that subscriptions match. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly traceContext: TraceContext | undefined;
  /** Set for an event that cannot be a repeat of another; otherwise the identity follows from the attributes. */
  readonly identity?: string;
  /** The CloudEvent's attributes without `data`, in the order in which they are written. */
  readonly attributes: Attributes;
  readonly data: EventData | undefined;
}

export interface Attributes {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly [name: string]: string | number | boolean;
}

/** JSON text as the publisher sent it, or base64. */
export type EventData = { readonly json: string } | { readonly base64: string };

/** The facts of a request that its events share. */
export interface Receipt {
  readonly caller: Pick<Caller, 'account' | 'mayUse'>;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** The trace context of the request. */
  readonly traceContext: TraceContext | undefined;
  readonly newId: () => string;
  readonly limits: Limits;
}

export interface Limits {
  readonly eventsPerRequest: number;
  readonly eventBytes: number;
  /** The most JSON values in a body, including the values in `data` that is a string of JSON. The default is 50,000. */
  readonly jsonValues?: number;
  /** The most words of an event's name, which are separated by dots. The cost of matching grows with them. */
  readonly nameWords: number;
}

/** @param field the field that the name comes from, for the fault */
export function checkName(name: string, field: string, { nameWords }: Limits): Fault | undefined {
  // A name of n characters has at most n + 1 words.
  const isShort = name.length < nameWords;
  if (isShort || name.split('.').length <= nameWords) return undefined;
  return new Fault('tooManyWords', { field, limit: nameWords });
}
