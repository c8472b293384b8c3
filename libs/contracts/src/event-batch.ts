import { hopsOf, type EventHeaders, type EventMessage } from './event.js';
import { unknownMembers } from './message-format.js';

/** Where the bytes of one event of a batch are, and what it does not have in common with the others. */
type Part = readonly [id: string, identity: string, dataAt: number, bytes: number, traceparent?: string];

/** What the events of a batch have in common. */
type Common = Omit<EventHeaders, 'id' | 'identity' | 'dataAt' | 'traceparent'>;

export type BatchHeaders = Common & { readonly events: readonly Part[] };

/** A message this long costs the broker hardly more than a short one, and all in it are settled before it is. */
const most = { events: 16, bytes: 64 * 1024 };

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
      batch.events.length < most.events &&
      batch.bytes + body.length <= most.bytes &&
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

function isAlike(one: EventHeaders, other: EventHeaders): boolean {
  return (
    one.name === other.name &&
    one.account === other.account &&
    one.bus === other.bus &&
    one.type === other.type &&
    one.dialect === other.dialect &&
    one.receivedAt === other.receivedAt &&
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
  const { account, bus, name, type, dialect, receivedAt, hops } = events[0].headers;
  const chunks: Buffer[] = [];
  const parts: Part[] = [];
  for (const { headers, body } of events) {
    const { id, identity, dataAt, traceparent } = headers;
    parts.push(
      traceparent === undefined
        ? [id, identity, dataAt, body.length]
        : [id, identity, dataAt, body.length, traceparent],
    );
    chunks.push(chunks.length === 0 ? opening : comma, body);
  }
  chunks.push(closing);
  return {
    headers: { account, bus, name, type, dialect, receivedAt, hops, events: parts },
    body: Buffer.concat(chunks),
  };
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
  const { account, bus, name, type, dialect, receivedAt, hops } = common;
  const unknown = unknownMembers(common);
  const messages = [];
  let at = opening.length;
  for (const part of events as readonly unknown[]) {
    if (!isPart(part)) return undefined;
    const [id, identity, dataAt, bytes, traceparent] = part;
    const headers = { id, identity, account, bus, name, type, dialect, receivedAt, dataAt, traceparent, hops };
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
