import { hash } from 'node:crypto';
import type { EventHeaders, EventMessage } from '@callbus/contracts/events/event';
import { joinedBytes } from '@callbus/runtime/parsing/joined-bytes';
import { createSimilarObjects } from '@callbus/runtime/parsing/similar-objects';
import type { Attributes, EventData, IncomingEvent } from '../formats/incoming-event.js';
import { isUriReference, toUriReference } from '../formats/uri.js';

/** An identity is 16 bytes of a digest in base64url: 21 characters, and one for the last two bits. */
const wholeCharacters = 21;
/** The characters for two bits, by the value of the bits. */
const lastCharacters = 'AQgw';
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Longer lists are encoded event by event, because their texts are joined before they are encoded. */
const joinedMaxLength = 256 * 1024;

/**
 * Encodes the events of a request: structured CloudEvents whose last member is `data`, and the headers of their messages.
 *
 * @param hops the number of callbacks that led to the events
 */
export function encodeAll(events: readonly IncomingEvent[], hops = 0): readonly EventMessage[] {
  if (events.length === 1 || lengthOf(events) > joinedMaxLength) return events.map((event) => encode(event, hops));
  const write = createSimilarObjects((name, value) => [name, name === 'source' ? uriReference(String(value)) : value]);
  const { bytes, ends } = joinedBytes(
    events.flatMap(({ attributes, data }) => {
      const [start, text, end] = membersOf(data);
      return [write(attributes) + start, text + end];
    }),
  );
  const identityOf = createIdentityOf();
  return events.map((event, index) => {
    const from = ends[2 * index - 1] ?? 0;
    const dataAt = hasJson(event) ? (ends[2 * index] ?? 0) - from : 0;
    const headers = headersOf(event, { identity: event.identity ?? identityOf(event), hops, dataAt });
    return { headers, body: bytes.subarray(from, ends[2 * index + 1]) };
  });
}

/** Encodes one event like `encodeAll`. */
export function encode(event: IncomingEvent, hops = 0): EventMessage {
  const { attributes, data } = event;
  const object = JSON.stringify(withUriReference(attributes)).slice(0, -1);
  const [start, text, end] = membersOf(data);
  const { body, at } = writeAround(text, object + start, end);
  const identity = event.identity ?? createIdentityOf()(event);
  return { headers: headersOf(event, { identity, hops, dataAt: hasJson(event) ? at : 0 }), body };
}

function headersOf(
  event: IncomingEvent,
  { identity, hops, dataAt }: { identity: string; hops: number; dataAt: number },
): EventHeaders {
  const { account, bus, attributes, traceContext } = event;
  return {
    id: attributes.id,
    identity,
    account,
    bus,
    name: event.name,
    type: attributes.type,
    dialect: event.dialect,
    receivedAt: event.receivedAt,
    dataAt,
    ...traceContext,
    ...(hops > 0 && { hops }),
  };
}

/** The text of the data, and what precedes and follows it after the attributes. */
function membersOf(data: EventData | undefined): readonly [start: string, text: string, end: string] {
  if (data === undefined) return ['', '', '}'];
  return 'json' in data ? [',"data":', data.json, '}'] : [',"data_base64":"', data.base64, '"}'];
}

function hasJson({ data }: IncomingEvent): boolean {
  return data !== undefined && 'json' in data;
}

/** The length of the data of all events. */
function lengthOf(events: readonly IncomingEvent[]): number {
  return events.reduce((length, { data }) => length + membersOf(data)[1].length, 0);
}

/**
 * Encodes `start`, `text` and `end` without first joining them: `text` may be long.
 *
 * @param end ASCII
 * @returns the bytes, and the offset of the text in them
 */
function writeAround(text: string, start: string, end: string): { body: Buffer; at: number } {
  const at = Buffer.byteLength(start);
  const bytes = Buffer.byteLength(text);
  const body = Buffer.allocUnsafe(at + bytes + end.length);
  body.write(start);
  // A text of as many bytes as characters is ASCII, which is copied faster than it is encoded.
  body.write(text, at, bytes === text.length ? 'latin1' : 'utf8');
  body.write(end, at + bytes, 'latin1');
  return { body, at };
}

/**
 * Turns the source into a URI reference, because only the CloudEvents door has checked that it is one. The event's name
 * and identity use the source as the publisher sent it.
 */
function uriReference(source: string): string {
  return isUriReference(source) ? source : toUriReference(source);
}

function withUriReference(attributes: Attributes): Attributes {
  const source = uriReference(attributes.source);
  return source === attributes.source ? attributes : { ...attributes, source };
}

/**
 * Makes the identities of events. The parts are joined as JSON, in which two different lists never have the same text. The events of
 * a request usually have all parts but the id in common.
 */
function createIdentityOf() {
  let common: (Pick<IncomingEvent, 'account' | 'bus'> & { source: string }) | undefined;
  let start = '';

  return ({ account, bus, attributes: { source, id } }: IncomingEvent): string => {
    if (common?.account !== account || common.bus !== bus || common.source !== source) {
      common = { account, bus, source };
      start = JSON.stringify([account, bus, source]).slice(0, -1);
    }
    const digest = hash('sha256', `${start},${JSON.stringify(id)}]`, 'base64url');
    const lastBits = digits.indexOf(digest.charAt(wholeCharacters)) >> 4;
    return digest.slice(0, wholeCharacters) + lastCharacters.charAt(lastBits);
  };
}
