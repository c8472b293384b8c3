import { bytesOf, type CallbackBody } from './body.js';
import { readHeaders, type CallbackHeaders } from './headers.js';

/** An event in the members of CloudEvents, whatever the `payload_format`. Its other members are extensions. */
export interface CallbackEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: string;
  readonly subject?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly accountid?: string;
  readonly eventbusid?: string;
  /** A JSON value, text, or bytes as `Uint8Array`. Of an ETC notification: the notification. */
  readonly data?: unknown;
  readonly [extension: string]: unknown;
}

export interface Callback {
  /** `webhook-id`: the same for every attempt and replay of an event, so that a receiver recognizes repeats by it. */
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** What a publish that this callback causes has to pass on. */
  readonly hops: number;
  readonly events: readonly CallbackEvent[];
}

const structured = 'application/cloudevents+json';
const batched = 'application/cloudevents-batch+json';

/**
 * Reads the events of a callback in any `payload_format`. It does not verify the signature.
 *
 * @throws TypeError when the request is not a callback
 */
export function readCallback(headers: CallbackHeaders, body: CallbackBody): Callback {
  const read = readHeaders(headers);
  const bytes = bytesOf(body);
  if (bytes === undefined) throw new TypeError('the body was parsed before: hand in the bytes as they came');
  return {
    id: read.get('webhook-id') ?? '',
    attempt: Number(read.get('x-callbus-attempt') ?? 1),
    hops: Number(read.get('x-callbus-hops') ?? 0),
    events: eventsOf(read, bytes),
  };
}

function eventsOf(headers: ReadonlyMap<string, string>, body: Uint8Array): CallbackEvent[] {
  const { name } = mediaTypeOf(headers);
  if (name === structured) return [structuredEvent(jsonOf(body))];
  if (name === batched) {
    const events = jsonOf(body);
    if (!Array.isArray(events)) throw new TypeError('the batch is not an array');
    return events.map(structuredEvent);
  }
  if (headers.has('ce-specversion')) return [binaryEvent(headers, body)];
  return [etcEvent(jsonOf(body))];
}

function structuredEvent(value: unknown): CallbackEvent {
  const { data_base64: base64, ...event } = membersOf(value);
  requireEvent(event);
  if (typeof base64 !== 'string') return event;
  return { ...event, data: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) };
}

function binaryEvent(headers: ReadonlyMap<string, string>, body: Uint8Array): CallbackEvent {
  const attributes = [...headers].flatMap(([name, value]) =>
    name.startsWith('ce-') ? [[name.slice('ce-'.length), percentDecoded(value)] as const] : [],
  );
  const datacontenttype = headers.get('content-type');
  const event: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(attributes),
    ...(datacontenttype !== undefined && { datacontenttype }),
    ...(body.length > 0 && { data: dataOf(headers, body) }),
  };
  requireEvent(event);
  return event;
}

/** The same event as with `payload_format` `cloudevents`, except for what this format leaves out. */
function etcEvent(notification: unknown): CallbackEvent {
  const { request_id, event_source, event_type } = membersOf(notification);
  const event = {
    specversion: '1.0',
    id: request_id,
    source: event_source,
    type: event_type,
    datacontenttype: 'application/json',
    data: notification,
  };
  requireEvent(event);
  return event;
}

function requireEvent(event: Readonly<Record<string, unknown>>): asserts event is CallbackEvent {
  const missing = ['specversion', 'id', 'source', 'type'].find((name) => typeof event[name] !== 'string');
  if (missing !== undefined) throw new TypeError(`the event has no ${missing}`);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('the event is not an object');
  return value as Readonly<Record<string, unknown>>;
}

function mediaTypeOf(headers: ReadonlyMap<string, string>) {
  const [name = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  return { name: name.trim(), parameters: parameters.join(';') };
}

const isJson = /^[^/]+\/([^/]+\+)?json$/;
const isText = /^text\/|[/+](?:xml|ya?ml|x-yaml|javascript|ecmascript|x-www-form-urlencoded|graphql|sql|toml)$/;

/** As in structured mode: JSON as its value, text as text, all other bodies as bytes. */
function dataOf(headers: ReadonlyMap<string, string>, body: Uint8Array): unknown {
  const { name, parameters } = mediaTypeOf(headers);
  const isUtf8 = !parameters.includes('charset=') || /charset="?(utf-?8|us-ascii)/.test(parameters);
  if (isUtf8 && isJson.test(name)) return jsonOf(body);
  return isUtf8 && isText.test(name) ? textOf(body) : body;
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(body)) as unknown;
  } catch (cause) {
    throw new TypeError('the body is not JSON', { cause });
  }
}

function textOf(body: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
}

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
