import { hopsOf, type EventHeaders, type EventMessage } from './event.js';
import { unknownMembers } from '../messages/message-format.js';

/** An event of a batch: its size in the body, and the headers that it does not share with the other events. */
type Part = readonly [
  id: string,
  identity: string,
  dataAt: number,
  bytes: number,
  traceparent?: string | null,
  /** Milliseconds after the batch's own `receivedAt`. Older workers ignore it, as if it were 0. */
  receivedAfterMs?: number,
  /** The index of the event's kind in `kinds`. It is absent when all events are of one kind. */
  kind?: number,
];

/** The headers that all events of one kind share. */
type Kind = Omit<EventHeaders, 'id' | 'identity' | 'receivedAt' | 'dataAt' | 'traceparent'>;

interface Batch {
  /** The time at which the first event was received. */
  readonly receivedAt: number;
  readonly events: readonly Part[];
}

/** The headers of a batch: of events of one kind or, in format 3 only, of several kinds. */
export type BatchHeaders = Batch & (Kind | { readonly kinds: readonly Kind[] });

/**
 * Up to this size the broker's cost of a message hardly grows (docs/decisions/0062-up-to-64-events-share-a-message.md). The size is small because
 * a message is acked only when all its events are settled.
 */
export const batchMost = { events: 64, bytes: 64 * 1024 };

/**
 * Divides events into batches of one message each, in their order: RabbitMQ's cost is per message
 * (docs/decisions/0016-events-of-one-request-share-a-message.md).
 */
export function batchesOf(events: readonly EventMessage[]): readonly (readonly EventMessage[])[] {
  const batches: EventMessage[][] = [];
  let last: EventMessage[] = [];
  let bytes = Infinity;
  for (const event of events) {
    bytes += event.body.length;
    if (last.length === batchMost.events || bytes > batchMost.bytes) {
      batches.push((last = []));
      bytes = event.body.length;
    }
    last.push(event);
  }
  return batches;
}

/** Divides the events of a batch by kind, for formats in which all events of a message are of one kind. */
export function ofEachKind(events: readonly EventMessage[]): readonly (readonly EventMessage[])[] {
  const kinds: Kind[] = [];
  const groups: EventMessage[][] = [];
  for (const event of events) (groups[indexIn(kinds, event.headers)] ??= []).push(event);
  return groups;
}

/** Whether two events are of the same kind. */
function isAlike(one: Kind, other: Kind): boolean {
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

/** The kinds of a message's events, by which the message is routed. A batch may have several. */
export function kindsOf(headers: EventHeaders | BatchHeaders): readonly Kind[] {
  return 'kinds' in headers ? headers.kinds : [headers];
}

const opening = Buffer.from('[');
const comma = Buffer.from(',');
const closing = Buffer.from(']');

/** Encodes a batch as CloudEvents' batched JSON, with the bytes of each event unchanged. */
export function encodeBatch(events: readonly [EventMessage, ...EventMessage[]]): {
  headers: BatchHeaders;
  body: Buffer;
} {
  const { receivedAt } = events[0].headers;
  const kinds: [Kind, ...Kind[]] = [events[0].headers];
  const indices = events.map(({ headers }) => indexIn(kinds, headers));
  const areMixed = kinds.length > 1;
  const chunks: Buffer[] = [];
  const parts: Part[] = [];
  for (const [index, { headers, body }] of events.entries()) {
    const kind = areMixed ? indices[index] : undefined;
    parts.push(partOf(headers, body.length, headers.receivedAt - receivedAt, kind));
    chunks.push(chunks.length === 0 ? opening : comma, body);
  }
  chunks.push(closing);
  const kindHeaders = areMixed ? { kinds: kinds.map(kindOf) } : kindOf(kinds[0]);
  return { headers: { ...kindHeaders, receivedAt, events: parts }, body: Buffer.concat(chunks) };
}

/** The index of an event's kind in `kinds`. A new kind is added at the end. */
function indexIn(kinds: Kind[], headers: Kind): number {
  const index = kinds.findIndex((kind) => kind === headers || isAlike(kind, headers));
  return index < 0 ? kinds.push(headers) - 1 : index;
}

function kindOf({ account, bus, name, type, dialect, tracestate, baggage, hops }: Kind): Kind {
  return { account, bus, name, type, dialect, tracestate, baggage, hops };
}

function partOf(
  { id, identity, dataAt, traceparent }: EventHeaders,
  bytes: number,
  receivedAfterMs: number,
  kind: number | undefined,
): Part {
  if (kind !== undefined) return [id, identity, dataAt, bytes, traceparent ?? null, receivedAfterMs, kind];
  if (receivedAfterMs !== 0) return [id, identity, dataAt, bytes, traceparent ?? null, receivedAfterMs];
  return traceparent === undefined ? [id, identity, dataAt, bytes] : [id, identity, dataAt, bytes, traceparent];
}

/** The number of events in a message. The headers need not be valid. */
export function eventsIn(headers: object): number {
  return 'events' in headers && Array.isArray(headers.events) ? headers.events.length : 1;
}

/**
 * Splits a batch into its events. The bodies are slices of the batch's body. The headers of the events are not checked.
 *
 * @returns undefined when the message is not a batch, or its body does not have the sizes that its headers state
 */
export function decodeBatch(
  message: Readonly<Record<string, unknown>>,
  body: Buffer,
): readonly { readonly headers: Readonly<Record<string, unknown>>; readonly body: Buffer }[] | undefined {
  // Before the rest is copied, because most messages are no batches.
  if (!('events' in message)) return undefined;
  const { events, kinds, ...common } = message;
  if (!Array.isArray(events)) return undefined;
  const { receivedAt: firstReceivedAt } = common;
  const unknown = unknownMembers(common);
  const messages = [];
  let at = opening.length;
  for (const part of events as readonly unknown[]) {
    if (!isPart(part)) return undefined;
    const [id, identity, dataAt, bytes, parent, receivedAfterMs = 0, kindIndex] = part;
    const kind = kinds === undefined ? common : kindAt(kinds, kindIndex);
    if (kind === undefined) return undefined;
    const { account, bus, name, type, dialect, tracestate, baggage, hops } = kind;
    const traceparent = parent ?? undefined;
    const receivedAt = typeof firstReceivedAt === 'number' ? firstReceivedAt + receivedAfterMs : undefined;
    // The same members as in `readEventHeaders`. One function for both is as fast (0.11 µs per event, Node 20), but loses the checked types.
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

function kindAt(kinds: unknown, index: number | undefined): Readonly<Record<string, unknown>> | undefined {
  const kind: unknown = Array.isArray(kinds) && index !== undefined ? kinds[index] : undefined;
  return typeof kind === 'object' && kind !== null ? (kind as Readonly<Record<string, unknown>>) : undefined;
}

function isPart(part: unknown): part is Part {
  return Array.isArray(part) && Number.isSafeInteger(part[3]) && part[3] >= 0;
}
