import type { Dialect, TraceContext } from '@callbus/contracts/events/event';
import type { Caller } from '@callbus/runtime/auth/auth';
import type { Fault } from '../errors.js';

/** A checked event of any format: a CloudEvent, and what later hops need to know of it. */
export interface IncomingEvent {
  readonly dialect: Dialect;
  readonly account: string;
  /** Empty for none. */
  readonly bus: string;
  /** The name that subscriptions match. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly trace: TraceContext | undefined;
  /** Set when no other event can be a repeat of this one. */
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

/** What is known of a request besides its events. */
export interface Receipt {
  readonly caller: Pick<Caller, 'account' | 'mayUse'>;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Of the request. */
  readonly trace: TraceContext | undefined;
  readonly newId: () => string;
  readonly limits: Limits;
}

export interface Limits {
  readonly eventsPerRequest: number;
  readonly eventBytes: number;
  /** The most JSON values in a body, including those in `data` that comes as text. The default is 50,000. */
  readonly jsonValues?: number;
  /** The most words in an event's name, separated by dots: the cost of matching grows with them. */
  readonly nameWords: number;
}

/** @param place the field that the name comes from, for the fault */
export function checkName(name: string, place: string, { nameWords }: Limits): Fault | undefined {
  // A name of n characters has at most n + 1 words.
  const isShort = name.length < nameWords;
  return isShort || name.split('.').length <= nameWords ? undefined : { kind: 'tooManyWords', place, limit: nameWords };
}

export type EventReading = { readonly event: IncomingEvent } | { readonly fault: Fault };

/** Every event of a request, or the first fault. */
export type Reading = { readonly events: readonly IncomingEvent[] } | { readonly fault: Fault };
