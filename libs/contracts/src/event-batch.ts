import { hopsOf, type EventHeaders, type EventMessage } from './event.js';
import { unknownMembers } from './message-format.js';

/** Where the bytes of one event of a batch are, and what it does not have in common with the others. */
type Part = readonly [
  id: string,
  identity: string,
  dataAt: number,
  bytes: number,
  traceparent?: string | null,
  /** After the batch's own `receivedAt`, in milliseconds; workers from before take it for 0. */
  receivedAfterMs?: number,
];

/** What the events of a batch have in common. */
type Common = Omit<EventHeaders, 'id' | 'identity' | 'dataAt' | 'traceparent'>;

export type BatchHeaders = Common & { readonly events: readonly Part[] };

/** A message this long costs the broker hardly more than a short one, and all in it are settled before it is. */
export const batchMost = { events: 16, bytes: 64 * 1024 };

/**
 * Divides the events of a request into those that can go as one message. RabbitMQ's work is by the message
 * (docs/decisions/0016-batches-of-events.md).
 */
export function batchesOf(events: readonly EventMessage[]): readonly (readonly EventMessage[])[] {
  const batches: EventMessage[][] = [];
  const open = new Map<string, { readonly events: [EventMessage, ...EventMessage[]]; bytes: number }>();
  for (const event of events) {
    const { headers, body } = event;
    const batch = open.get(headers.name);
    if (
      batch !== undefined &&
      batch.events.length < batchMost.events &&
      batch.bytes + body.length <= batchMost.bytes &&
      isAlike(batch.events[0].headers, headers)
    ) {
      batch.events.push(event);
      batch.bytes += body.length;
    } else {
      const begun = { events: [event] satisfies [EventMessage], bytes: body.length };
      open.set(headers.name, begun);
      batches.push(begun.events);
    }
  }
  return batches;
}

/** Whether two events may share a message. */
export function isAlike(one: EventHeaders, other: EventHeaders): boolean {
  return (
    one.name === other.name &&
    one.account === other.account &&
    one.bus === other.bus &&
    one.type === other.type &&
    one.dialect === other.dialect &&
    one.tracestate === other.tracestate &&
    one.baggage === other.baggage &&
    hopsOf(one) === hopsOf(other)
  );
}

const opening = Buffer.from('[');
const comma = Buffer.from(',');
const closing = Buffer.from(']');

/** CloudEvents' batched JSON, in which the bytes of each event stand as they are. @param events alike, as `batchesOf` has them */
export function encodeBatch(events: readonly [EventMessage, ...EventMessage[]]): {
  headers: BatchHeaders;
  body: Buffer;
} {
  const { account, bus, name, type, dialect, receivedAt, tracestate, baggage, hops } = events[0].headers;
  const chunks: Buffer[] = [];
  const parts: Part[] = [];
  for (const { headers, body } of events) {
    parts.push(partOf(headers, body.length, headers.receivedAt - receivedAt));
    chunks.push(chunks.length === 0 ? opening : comma, body);
  }
  chunks.push(closing);
  return {
    headers: { account, bus, name, type, dialect, receivedAt, tracestate, baggage, hops, events: parts },
    body: Buffer.concat(chunks),
  };
}

function partOf({ id, identity, dataAt, traceparent }: EventHeaders, bytes: number, receivedAfterMs: number): Part {
  if (receivedAfterMs !== 0) return [id, identity, dataAt, bytes, traceparent ?? null, receivedAfterMs];
  return traceparent === undefined ? [id, identity, dataAt, bytes] : [id, identity, dataAt, bytes, traceparent];
}

/** How many events a message with such headers holds, whether they can be read or not. */
export function eventsIn(headers: object): number {
  return 'events' in headers && Array.isArray(headers.events) ? headers.events.length : 1;
}

/**
 * The events of a batch, their bodies as slices of its own. Nothing else about them is checked yet.
 *
 * @returns undefined when the message is no batch, or none whose parts are where it says
 */
export function decodeBatch(
  { events, ...common }: Readonly<Record<string, unknown>>,
  body: Buffer,
): readonly { readonly headers: Readonly<Record<string, unknown>>; readonly body: Buffer }[] | undefined {
  if (!Array.isArray(events)) return undefined;
  const { account, bus, name, type, dialect, receivedAt: firstReceivedAt, tracestate, baggage, hops } = common;
  const unknown = unknownMembers(common);
  const messages = [];
  let at = opening.length;
  for (const part of events as readonly unknown[]) {
    if (!isPart(part)) return undefined;
    const [id, identity, dataAt, bytes, trace, receivedAfterMs = 0] = part;
    const traceparent = trace ?? undefined;
    const receivedAt = typeof firstReceivedAt === 'number' ? firstReceivedAt + receivedAfterMs : undefined;
    const headers = {
      id,
      identity,
      account,
      bus,
      name,
      type,
      dialect,
      receivedAt,
      dataAt,
      traceparent,
      tracestate,
      baggage,
      hops,
    };
    messages.push({
      headers: unknown === undefined ? headers : { ...unknown, ...headers },
      body: body.subarray(at, at + bytes),
    });
    at += bytes + comma.length;
  }
  return messages.length > 0 && at === body.length ? messages : undefined;
}

function isPart(part: unknown): part is Part {
  return Array.isArray(part) && Number.isSafeInteger(part[3]) && part[3] >= 0;
}
