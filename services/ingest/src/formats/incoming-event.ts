import type { Dialect, TraceContext } from '@callbus/contracts/event';
import type { Caller } from '@callbus/runtime/auth/auth';
import type { Fault } from '../errors.js';

/** An event of any dialect once it is checked: a CloudEvent, and what a hop needs to know of it. */
export interface IncomingEvent {
  readonly dialect: Dialect;
  readonly account: string;
  /** Empty for none. */
  readonly bus: string;
  /** What subscriptions match. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly trace: TraceContext | undefined;
  /** Given when no other event can be this one published again. */
  readonly identity?: string;
  /** The CloudEvent's attributes in the order in which they are written, without `data`. */
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
  /** JSON values of a body, those of `data` that comes as text among them; 50,000 unless told. */
  readonly jsonValues?: number;
  /** Dot-separated words of an event's name: what matching it costs grows with them. */
  readonly nameWords: number;
}

/** @param place what a fault names: the field that the name comes from */
export function checkName(name: string, place: string, { nameWords }: Limits): Fault | undefined {
  // A name has at most one word more than characters.
  const isShort = name.length < nameWords;
  return isShort || name.split('.').length <= nameWords ? undefined : { kind: 'tooManyWords', place, limit: nameWords };
}

export type EventReading = { readonly event: IncomingEvent } | { readonly fault: Fault };

/** Every event of a request, or the first fault. */
export type Reading = { readonly events: readonly IncomingEvent[] } | { readonly fault: Fault };
