/**
 * An event on its way through the broker.
 *
 * The body is a CloudEvent 1.0 as structured JSON, encoded once by ingest and forwarded byte for byte by every
 * later hop. What a hop needs to know stands in the headers, so that nobody parses the body on the way.
 */
export interface EventHeaders extends TraceContext {
  /** The CloudEvent's `id`; an ETC event's is its `request_id`. */
  readonly id: string;
  /**
   * The same event published twice has the same identity: the base64url digest of account, bus, source and id, or the id where it
   * was made here and so is like no other.
   */
  readonly identity: string;
  readonly account: string;
  /** The event bus, or the empty string for an event that belongs to none. */
  readonly bus: string;
  /** What subscriptions match: an ETC event's `event_key`, any other event's `source.type`. */
  readonly name: string;
  readonly type: string;
  readonly dialect: Dialect;
  /** Epoch milliseconds at which ingest took the event. */
  readonly receivedAt: number;
  /** Byte offset of the JSON text of `data`, the body's last member, which ends before the closing brace; 0 without `data`. */
  readonly dataAt: number;
  /** Callbacks that led to this event, one from the other; absent for none. Read it by `hopsOf`. Form 1 does not carry it. */
  readonly hops?: number | undefined;
}

/** W3C Trace Context and Baggage, as far as the publisher sent them. */
export interface TraceContext {
  readonly traceparent?: string | undefined;
  /** Only beside a `traceparent`. */
  readonly tracestate?: string | undefined;
  readonly baggage?: string | undefined;
}

export type Dialect = 'etc' | 'cloudevents';

export interface EventMessage {
  readonly headers: EventHeaders;
  readonly body: Buffer;
}

/**
 * Checks the headers of a message taken from a queue. Written by hand because it runs once a message and hop.
 *
 * @returns the headers, or undefined when any is missing or of the wrong type.
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
    typeof receivedAt !== 'number' ||
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

function textIn(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

export function hopsOf({ hops }: Pick<EventHeaders, 'hops'>): number {
  return hops ?? 0;
}

/** More than any door takes: 5 MiB, and a third more where base64 is made of it. */
const bodyMaxBytes = 8 * 1024 * 1024;
const [openingBrace, closingBrace] = Buffer.from('{}');
const dataMember = Buffer.from(',"data":');

/** Whether the body may be what its headers say. It is not parsed for that: its two ends and the place of `data` tell a stranger's. */
export function isEventBody({ dataAt }: EventHeaders, body: Buffer): boolean {
  return (
    body.length <= bodyMaxBytes &&
    body[0] === openingBrace &&
    body[body.length - 1] === closingBrace &&
    (dataAt === 0 || body.subarray(dataAt - dataMember.length, dataAt).equals(dataMember))
  );
}

/** The JSON text of the event's `data`, without parsing the body; undefined for an event without `data`. */
export function dataOf(event: EventMessage): Buffer | undefined {
  const { dataAt } = event.headers;
  return dataAt > 0 ? event.body.subarray(dataAt, -1) : undefined;
}
