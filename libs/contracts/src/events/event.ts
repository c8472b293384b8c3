/**
 * An event on its way through the broker.
 *
 * The body is a CloudEvent 1.0 as structured JSON. Ingest encodes it once, and every later hop forwards it byte for byte.
 * The headers hold all values that a hop needs, so that no hop parses the body.
 */
export interface EventHeaders extends TraceContext {
  /** The CloudEvent's `id`; an ETC event's is its `request_id`. */
  readonly id: string;
  /**
   * The base64url digest of account, bus, source and id, by which repeats are recognized. For an ETC event, which is never
   * a repeat, it is the id.
   */
  readonly identity: string;
  readonly account: string;
  /** The event bus, or the empty string for an event that belongs to none. */
  readonly bus: string;
  /** The name that subscriptions match: an ETC event's `event_key`, any other event's `source.type`. */
  readonly name: string;
  readonly type: string;
  readonly dialect: Dialect;
  /** Epoch milliseconds at which ingest received the event. */
  readonly receivedAt: number;
  /** The byte offset of the JSON text of `data`, which is the last member of the body; 0 without `data`. */
  readonly dataAt: number;
  /** The length of the chain of callbacks that led to this event; absent for 0. Read it with `hopsOf`. Format 1 does not have it. */
  readonly hops?: number | undefined;
}

/** The W3C Trace Context and Baggage that the publisher sent. */
export interface TraceContext {
  readonly traceparent?: string | undefined;
  /** Present only with a `traceparent`. */
  readonly tracestate?: string | undefined;
  readonly baggage?: string | undefined;
}

export type Dialect = 'etc' | 'cloudevents';

export interface EventMessage {
  readonly headers: EventHeaders;
  readonly body: Buffer;
}

/**
 * Checks the headers of a message. The check is written by hand because it runs for every message at every hop.
 *
 * @returns undefined when a header is missing or of the wrong type
 */
export function readEventHeaders(headers: Readonly<Record<string, unknown>>): EventHeaders | undefined {
  const { id, identity, account, bus, name, type, dialect, receivedAt, dataAt, hops } = headers;
  if (
    typeof id !== 'string' ||
    typeof identity !== 'string' ||
    typeof account !== 'string' ||
    typeof bus !== 'string' ||
    typeof name !== 'string' ||
    typeof type !== 'string' ||
    (dialect !== 'etc' && dialect !== 'cloudevents') ||
    !isTime(receivedAt) ||
    typeof dataAt !== 'number'
  ) {
    return undefined;
  }
  const traceparent = textIn(headers['traceparent']);
  const tracestate = textIn(headers['tracestate']);
  const baggage = textIn(headers['baggage']);
  const count = typeof hops === 'number' && Number.isSafeInteger(hops) && hops > 0 ? hops : undefined;
  return {
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
    hops: count,
  };
}

/** Whether a header is a time in epoch milliseconds. */
function isTime(header: unknown): header is number {
  return Number.isSafeInteger(header) && Number(header) >= 0;
}

function textIn(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/**
 * This header of every callback holds the position of the callback in a chain, each callback of which led to the event
 * of the next. A door that refuses the number because it is too high answers with the same header, by which the worker recognizes a
 * refusal by Callbus.
 */
export const hopsHeader = 'x-callbus-hops';

export function hopsOf({ hops }: Pick<EventHeaders, 'hops'>): number {
  return hops ?? 0;
}

/** Larger than the largest body: a door takes 5 MiB, and base64 adds a third. */
const bodyMaxBytes = 8 * 1024 * 1024;
const [openingBrace, closingBrace] = Buffer.from('{}');
const dataMember = Buffer.from(',"data":');

/** Whether a body fits its headers. The check looks only at both ends of the body and at the position of `data`. */
export function isEventBody({ dataAt }: EventHeaders, body: Buffer): boolean {
  return (
    body.length <= bodyMaxBytes &&
    body[0] === openingBrace &&
    body[body.length - 1] === closingBrace &&
    (dataAt === 0 || body.subarray(dataAt - dataMember.length, dataAt).equals(dataMember))
  );
}

/** The JSON text of the event's `data`, as a slice of the body; undefined for an event without `data`. */
export function dataOf(event: EventMessage): Buffer | undefined {
  const { dataAt } = event.headers;
  return dataAt > 0 ? event.body.subarray(dataAt, -1) : undefined;
}
