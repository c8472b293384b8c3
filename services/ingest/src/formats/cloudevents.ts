import type { IncomingHttpHeaders } from 'node:http';
import { isUtf8Charset, readMediaType } from '@callbus/contracts/events/media-type';
import { membersAt, parseValue } from '@callbus/runtime/parsing/raw-json';
import { CONSTANTS } from 'cloudevents';
import {
  attributeRules,
  attributesMax,
  headerRules,
  readAttributes,
  tooManyAttributes,
} from './cloudevents-attributes.js';
import { attributesOf, dataOf } from './cloudevents-binary.js';
import { Fault } from '../errors.js';
import { elementsAt, readEvent, readEventList } from './event-list.js';
import type { EventData, IncomingEvent, Receipt } from './incoming-event.js';
import { readJson } from './read-json.js';

/** Reads a request of the CloudEvents HTTP binding in any of its modes. @returns all events, or the first fault */
export function readCloudEvents(
  headers: IncomingHttpHeaders,
  body: Buffer,
  receipt: Receipt,
): readonly IncomingEvent[] | Fault {
  const mediaType = readMediaType(headers['content-type']);
  if (!mediaType.name.startsWith(CONSTANTS.MIME_CE)) return onlyEvent(readBinary(headers, body, receipt));
  if (!isUtf8Charset(mediaType.charset)) return new Fault('notUtf8Charset');
  const isBatch = mediaType.name === CONSTANTS.MIME_CE_BATCH;
  if (!isBatch && mediaType.name !== CONSTANTS.MIME_CE_JSON) return new Fault('notCloudEvent');

  const { limits } = receipt;
  const json = readJson(body, limits);
  if (json instanceof Fault) return json;
  const read = (members: ReadonlyMap<string, string>) => readStructured(members, receipt);
  if (!isBatch) {
    const members = json.startsWith('{') ? membersAt(json, 0).members : undefined;
    return onlyEvent(readEvent({ json, members }, { limits, read }));
  }
  const elements = json.startsWith('[') ? elementsAt(json, 0, membersAt).elements : undefined;
  return readEventList(elements, { field: '', limits, read });
}

function readBinary(headers: IncomingHttpHeaders, body: Buffer, receipt: Receipt): IncomingEvent | Fault {
  const attributes = attributesOf(headers);
  if (attributes instanceof Fault) return attributes;
  if (attributes.size === 0) return new Fault('notCloudEvent');
  const { limits } = receipt;
  if (body.length > limits.eventBytes) return new Fault('eventTooLarge', { limit: limits.eventBytes });
  const data = dataOf(body, headers['content-type'], limits);
  return data instanceof Fault ? data : readAttributes(headerRules, attributes, data, receipt);
}

function readStructured(members: ReadonlyMap<string, string>, receipt: Receipt): IncomingEvent | Fault {
  const data = dataIn(members);
  if (data instanceof Fault) return data;
  const others = Array.from(members).filter(([name]) => name !== 'data' && name !== 'data_base64');
  // The number is checked before any attribute is parsed.
  if (others.length > attributesMax) return tooManyAttributes;
  const attributes = new Map(others.map(([name, value]) => [name, parseValue(value)]));
  return readAttributes(attributeRules, attributes, data, receipt);
}

/** Null is a value of `data`. A `data_base64` of null counts as not sent. */
function dataIn(members: ReadonlyMap<string, string>): EventData | undefined | Fault {
  const json = members.get('data');
  const base64 = parseValue(members.get('data_base64') ?? 'null');
  if (base64 === null) return json === undefined ? undefined : { json };
  if (json !== undefined && json !== 'null') return new Fault('dataTwice', { field: 'data_base64' });
  return isBase64(base64) ? { base64 } : new Fault('notBase64', { field: 'data_base64' });
}

function isBase64(value: unknown): value is string {
  return typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value;
}

function onlyEvent(event: IncomingEvent | Fault): readonly IncomingEvent[] | Fault {
  return event instanceof Fault ? event : [event];
}
