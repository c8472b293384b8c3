import type { Table } from './message-format.js';

/** The key of a message, which all copies of the message share; undefined for a message of another application. */
export function messageKeyOf(headers: Table): string | undefined {
  const { identity, events, subscription, subscriptions, attempt } = headers;
  const first: unknown = identity ?? firstIdentityIn(events);
  if (typeof first !== 'string') return undefined;
  return JSON.stringify([first, subscription ?? subscriptions, attempt]);
}

/** The identity of the first event of a batch. */
function firstIdentityIn(events: unknown): unknown {
  const first: unknown = Array.isArray(events) ? events[0] : undefined;
  return Array.isArray(first) ? first[1] : undefined;
}
