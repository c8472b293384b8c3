import { hash } from 'node:crypto';
import type { EventMessage } from '@callbus/contracts/event';
import { withMember } from '@callbus/runtime/raw-json';
import type { Attributes, IncomingEvent } from './incoming-event.js';
import { isUriReference, toUriReference } from './uri.js';

const identityBytes = 16;

/**
 * Writes the event for good: a structured CloudEvent whose last member is `data`, and the headers for the way.
 *
 * @param hops callbacks that led to it
 */
export function encode(event: IncomingEvent, hops = 0): EventMessage {
  const { account, bus, attributes, trace } = event;
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
      ...trace,
      ...(hops > 0 && { hops }),
    },
    body,
  };
}

function encodeBody({ attributes, data }: IncomingEvent): { body: Buffer; dataAt: number } {
  const object = JSON.stringify(withUriReference(attributes));
  if (data === undefined) return { body: Buffer.from(object), dataAt: 0 };
  if ('base64' in data) return { body: Buffer.from(withMember(object, 'data_base64', `"${data.base64}"`)), dataAt: 0 };
  const body = Buffer.from(withMember(object, 'data', data.json));
  return { body, dataAt: Buffer.byteLength(object) + ',"data":'.length - '}'.length };
}

/** Only structured events come with a source that was checked. Names and repeats go by what the publisher sent. */
function withUriReference(attributes: Attributes): Attributes {
  const { source } = attributes;
  return isUriReference(source) ? attributes : { ...attributes, source: toUriReference(source) };
}

/** JSON keeps the parts apart: no two lists of them have the same text. */
function identityOf(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, identityBytes).toString('base64url');
}
