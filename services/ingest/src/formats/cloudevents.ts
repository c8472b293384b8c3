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
import type { Fault } from '../errors.js';
import { elementsAt, readEvent, readEventList } from './event-list.js';
import type { EventData, EventReading, Reading, Receipt } from './incoming-event.js';
import { readJson } from './read-json.js';

/** Reads a request of the CloudEvents HTTP binding in any of its modes: all its events, or the first fault. */
export function readCloudEvents(headers: IncomingHttpHeaders, body: Buffer, receipt: Receipt): Reading {
  const mediaType = readMediaType(headers['content-type']);
  if (!mediaType.name.startsWith(CONSTANTS.MIME_CE)) return onlyEvent(readBinary(headers, body, receipt));
  if (!isUtf8Charset(mediaType.charset)) return { fault: { kind: 'notUtf8Charset' } };
  const isBatch = mediaType.name === CONSTANTS.MIME_CE_BATCH;
  if (!isBatch && mediaType.name !== CONSTANTS.MIME_CE_JSON) return { fault: { kind: 'notCloudEvent' } };

  const { limits } = receipt;
  const json = readJson(body, limits);
  if (typeof json !== 'string') return { fault: json };
  const read = (members: ReadonlyMap<string, string>) => readStructured(members, receipt);
  if (!isBatch) {
    const members = json.startsWith('{') ? membersAt(json, 0).members : undefined;
    return onlyEvent(readEvent({ json, members }, { limits, read }));
  }
  const elements = json.startsWith('[') ? elementsAt(json, 0, membersAt).elements : undefined;
  return readEventList(elements, { place: '', limits, read });
}

function readBinary(headers: IncomingHttpHeaders, body: Buffer, receipt: Receipt): EventReading {
  const attributes = attributesOf(headers);
  if ('fault' in attributes) return attributes;
  if (attributes.size === 0) return { fault: { kind: 'notCloudEvent' } };
  const { limits } = receipt;
  if (body.length > limits.eventBytes) return { fault: { kind: 'eventTooLarge', limit: limits.eventBytes } };
  const read = dataOf(body, headers['content-type'], limits);
  return 'fault' in read ? read : readAttributes(headerRules, attributes, read.data, receipt);
}

function readStructured(members: ReadonlyMap<string, string>, receipt: Receipt): EventReading {
  const read = dataIn(members);
  if ('fault' in read) return read;
  const others = Array.from(members).filter(([name]) => name !== 'data' && name !== 'data_base64');
  // This is checked before the events are parsed.
  if (others.length > attributesMax) return { fault: tooManyAttributes };
  const attributes = new Map(others.map(([name, value]) => [name, parseValue(value)]));
  return readAttributes(attributeRules, attributes, read.data, receipt);
}

/** Null is a value of `data`, but means absent for `data_base64`. */
function dataIn(members: ReadonlyMap<string, string>): { data: EventData | undefined } | { fault: Fault } {
  const json = members.get('data');
  const base64 = parseValue(members.get('data_base64') ?? 'null');
  if (base64 === null) return { data: json === undefined ? undefined : { json } };
  if (json !== undefined && json !== 'null') return { fault: { kind: 'dataTwice', place: 'data_base64' } };
  return isBase64(base64) ? { data: { base64 } } : { fault: { kind: 'notBase64', place: 'data_base64' } };
}

function isBase64(value: unknown): value is string {
  return typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value;
}

function onlyEvent(reading: EventReading): Reading {
  return 'fault' in reading ? reading : { events: [reading.event] };
}
