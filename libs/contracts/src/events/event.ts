/**
 * An event on its way through the broker.
 *
 * The body is a CloudEvent 1.0 as structured JSON. Ingest encodes it once, and every later hop forwards it byte for byte. The headers hold
 * all that a hop needs, so that no hop parses the body.
 */
export interface EventHeaders extends TraceContext {
  /** The CloudEvent's `id`; an ETC event's is its `request_id`. */
  readonly id: string;
  /**
   * An event that is published twice has the same identity both times: the base64url digest of account, bus, source and id, or the
   * id alone where ingest generated it.
   */
  readonly identity: string;
  readonly account: string;
  /** The event bus, or the empty string for an event that belongs to none. */
  readonly bus: string;
  /** The name that subscriptions match: an ETC event's `event_key`, any other event's `source.type`. */
  readonly name: string;
  readonly type: string;
  readonly dialect: Dialect;
  /** Epoch milliseconds at which ingest took the event. */
  readonly receivedAt: number;
  /** Byte offset of the JSON text of `data`, the body's last member, which ends before the closing brace; 0 without `data`. */
  readonly dataAt: number;
  /** The length of the chain of callbacks that led to this event; absent for 0. Read it with `hopsOf`. Form 1 does not carry it. */
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
 * Checks the headers of a message from a queue. The check is written by hand because it runs for every message at every hop.
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

/** Epoch milliseconds, as messages can carry them. */
function isTime(header: unknown): header is number {
  return Number.isSafeInteger(header) && Number(header) >= 0;
}

function textIn(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/**
 * Every callback carries this header: the position of the callback in a chain of callbacks, each of which led to the event of the next. A
 * door that refuses a position that is too high answers with the same header, so that the worker knows that a Callbus has refused.
 */
export const hopsHeader = 'x-callbus-hops';

export function hopsOf({ hops }: Pick<EventHeaders, 'hops'>): number {
  return hops ?? 0;
}

/** Larger than the largest body: a door takes 5 MiB, and base64 adds a third. */
const bodyMaxBytes = 8 * 1024 * 1024;
const [openingBrace, closingBrace] = Buffer.from('{}');
const dataMember = Buffer.from(',"data":');

/** Whether the body can belong to the headers. The check does not parse the body: it looks at both ends and at the position of `data`. */
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
