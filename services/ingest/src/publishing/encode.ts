import { hash } from 'node:crypto';
import type { EventMessage } from '@callbus/contracts/events/event';
import type { Attributes, IncomingEvent } from '../formats/incoming-event.js';
import { isUriReference, toUriReference } from '../formats/uri.js';

const identityBytes = 16;

/**
 * Encodes an event: a structured CloudEvent whose last member is `data`, and the headers of its message.
 *
 * @param hops the number of callbacks that led to the event
 */
export function encode(event: IncomingEvent, hops = 0): EventMessage {
  const { account, bus, attributes, traceContext } = event;
  const { body, dataAt } = encodeBody(event);
  return {
    headers: {
      id: attributes.id,
      identity: event.identity ?? identityOf([account, bus, attributes.source, attributes.id]),
      account,
      bus,
      name: event.name,
      type: attributes.type,
      dialect: event.dialect,
      receivedAt: event.receivedAt,
      dataAt,
      ...traceContext,
      ...(hops > 0 && { hops }),
    },
    body,
  };
}

function encodeBody({ attributes, data }: IncomingEvent): { body: Buffer; dataAt: number } {
  const object = JSON.stringify(withUriReference(attributes));
  if (data === undefined) return { body: Buffer.from(object), dataAt: 0 };
  const members = object.slice(0, -1);
  if ('base64' in data) {
    const { body } = writeAround(data.base64, `${members},"data_base64":"`, '"}');
    return { body, dataAt: 0 };
  }
  const { body, at } = writeAround(data.json, `${members},"data":`, '}');
  return { body, dataAt: at };
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
function withUriReference(attributes: Attributes): Attributes {
  const { source } = attributes;
  return isUriReference(source) ? attributes : { ...attributes, source: toUriReference(source) };
}

/** The parts are joined as JSON, in which two different lists never have the same text. */
function identityOf(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, identityBytes).toString('base64url');
}
