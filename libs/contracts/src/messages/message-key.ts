import type { Table } from './message-format.js';

/** The same for every copy of a message, and another for every other message; undefined for a stranger's. */
export function messageKeyOf(headers: Table): string | undefined {
  const { identity, events, subscription, subscriptions, attempt } = headers;
  const whose: unknown = identity ?? firstIdentityIn(events);
  if (typeof whose !== 'string') return undefined;
  return JSON.stringify([whose, subscription ?? subscriptions, attempt]);
}

/** The identity of the first event of a batch. */
function firstIdentityIn(events: unknown): unknown {
  const first: unknown = Array.isArray(events) ? events[0] : undefined;
  return Array.isArray(first) ? first[1] : undefined;
}
