import { accountMaxBytes } from '@callbus/contracts/account';
import type { EventMessage } from '@callbus/contracts/events/event';
import { isMediaType } from '@callbus/contracts/events/media-type';
import { canHoldMoreValues, countJsonValues, defaultJsonValues } from '@callbus/runtime/parsing/json-values';
import type { Fault, FaultKind } from '../errors.js';
import { elementsAt, readEventList, type Element } from './event-list.js';
import { readTime, rfc3339, shanghaiTime } from './event-time.js';
import { check, echoedMaxBytes, idMaxBytes, isBlank, readBy, required, rulesOf, text, withDefault } from './fields.js';
import {
  checkName,
  type Attributes,
  type EventReading,
  type IncomingEvent,
  type Reading,
  type Receipt,
} from './incoming-event.js';
import { endOfValue, parseValue, walkMembers, withMember } from '@callbus/runtime/parsing/raw-json';
import { isJson, readJson } from './read-json.js';

/** The spelling of names in the answer; requests may write them in any case. */
const camelCase: ReadonlyMap<string, string> = new Map(
  [
    'accountId',
    'eventBusId',
    'resourceType',
    'eventBusName',
    'eventSourceAlias',
    'eventAlias',
    'eventAliasEn',
    'recvTimestamp',
  ].map((name) => [name.toLowerCase(), name]),
);

/** The events of a request, each as it was written, and the places of those that were published before. */
interface Echoed {
  readonly events: readonly IncomingEvent[];
  readonly messages: readonly EventMessage[];
  readonly repeats: ReadonlySet<number>;
}

interface EventFields {
  readonly source: string;
  readonly type: string;
  readonly id?: string;
  /** JSON text. */
  readonly data?: string;
  /** Epoch milliseconds. */
  readonly time?: number;
  readonly specversion: string;
  readonly datacontenttype: string;
  readonly accountid?: string;
  readonly eventbusid: string;
}

const echoed = text(echoedMaxBytes);

const known = {
  source: required(text(idMaxBytes)),
  type: required(text(idMaxBytes)),
  id: text(idMaxBytes),
  data: readBy(dataObject),
  time: readBy(time),
  specversion: withDefault(
    readBy((value) => (value === '1.0' ? { value } : 'notVersion1')),
    '1.0',
  ),
  datacontenttype: withDefault(readBy(jsonType), 'application/json'),
  accountid: text(accountMaxBytes),
  eventbusid: required(text(accountMaxBytes)),
  subject: echoed,
  resourcetype: echoed,
  level: echoed,
  eventbusname: echoed,
  eventsourcealias: echoed,
  eventalias: echoed,
  eventaliasen: echoed,
  region: echoed,
};
const names = Object.keys(known);
/** A number is a valid value of these fields, and keeps its spelling. */
const alsoNumbers = new Set(['id', 'accountid', 'level']);
/** A longer name is none of these fields and is not compared. */
const longestName = Math.max(...names.map(({ length }) => length));
/** Most requests use one of two spellings. */
const usualSpellings = new Map(
  names.flatMap((name) => [name, camelCase.get(name) ?? name].map((each) => [each, name])),
);
export const eventBusRules = rulesOf<EventFields>(known);

/** Reads the body of an event bus publish: all its events, or the first fault in their order. */
export function readEventBus(body: Buffer, receipt: Receipt): Reading {
  const document = readJson(body, receipt.limits);
  if (typeof document !== 'string') return { fault: document };
  if (!document.startsWith('{')) return { fault: { kind: 'notJsonObject' } };

  const { envelope, lists } = envelopeOf(document);
  const { place, list } = listIn(envelope);
  if (list === undefined) return { fault: { kind: 'missing', place } };
  const received = rfc3339(receipt.receivedAt);
  const { jsonValues = defaultJsonValues } = receipt.limits;
  const common: Common = {
    busOfAll: { id: envelope.get('eventbusid'), name: envelope.get('eventbusname') },
    received,
    textValues: canHoldMoreValues(jsonValues, body.length) ? { left: jsonValues, limit: jsonValues } : undefined,
  };
  const read = (members: Members) => readEvent(members, common, receipt);
  return readEventList(lists.get(place.toLowerCase()), { place, limits: receipt.limits, read });
}

/** JSON text by name in lower case. */
type Members = ReadonlyMap<string, string>;

/** The members of the body, and the elements of those that hold events. */
function envelopeOf(document: string): {
  envelope: Members;
  lists: ReadonlyMap<string, readonly Element[] | undefined>;
} {
  const envelope = new Map<string, string>();
  const lists = new Map<string, readonly Element[] | undefined>();
  walkMembers(document, 0, (key, start) => {
    const name = key.length <= longestName ? key.toLowerCase() : undefined;
    const isList = (name === 'eventlist' || name === 'events') && document.startsWith('[', start);
    const list = isList ? elementsAt(document, start, knownMembersAt) : undefined;
    const end = list?.end ?? endOfValue(document, start);
    // The last one of several duplicates counts.
    if (name !== undefined) envelope.set(name, document.slice(start, end));
    if (name !== undefined) lists.set(name, list?.elements);
    return end;
  });
  return { envelope, lists };
}

/**
 * The members that can be fields of an event. Names that differ only in case are duplicates, and the last of several duplicates counts.
 */
export function knownMembersAt(text: string, start: number): { members: Members; end: number } {
  const members = new Map<string, string>();
  const end = walkMembers(text, start, (key, from) => {
    const to = endOfValue(text, from);
    if (key.length <= longestName) members.set(usualSpellings.get(key) ?? key.toLowerCase(), text.slice(from, to));
    return to;
  });
  return { members, end };
}

/** The event as the answer repeats it: names in camel case, times of China, `data` as it was sent, and `repeated` when it was published before. */
export function echo(event: IncomingEvent, isRepeat = false): string {
  const object = echoWithoutData(event, isRepeat);
  const { data } = event;
  return data !== undefined && 'json' in data ? withMember(object, 'data', data.json) : object;
}

/** The same for all events of a request, with `data` as slices of the published bytes. */
export function echoInPieces({ events, messages, repeats }: Echoed): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let text = '{"events":[';
  for (const [place, event] of events.entries()) {
    const object = echoWithoutData(event, repeats.has(place));
    const data = messages[place] && dataIn(messages[place]);
    text += place === 0 ? '' : ',';
    if (data === undefined) text += object;
    else {
      pieces.push(Buffer.from(`${text}${object.slice(0, -1)},"data":`), data);
      text = '}';
    }
  }
  return [...pieces, Buffer.from(`${text}]}`)];
}

function dataIn({ headers, body }: EventMessage): Buffer | undefined {
  return headers.dataAt === 0 ? undefined : body.subarray(headers.dataAt, -1);
}

function echoWithoutData({ attributes }: IncomingEvent, isRepeat: boolean): string {
  const fields: Record<string, unknown> = {};
  for (const name in attributes) {
    const value = attributes[name];
    const isTime = name === 'time' || name === 'recvtimestamp';
    fields[camelCase.get(name) ?? name] = isTime ? shanghaiTime(String(value)) : value;
  }
  if (isRepeat) fields['repeated'] = true;
  return JSON.stringify(fields);
}

/** The documents of the original API call the list `eventList`, its SDK calls it `events`. */
function listIn(envelope: Members): { place: string; list: string | undefined } {
  const list = nonEmptyIn(envelope.get('eventlist'));
  const events = list === undefined ? nonEmptyIn(envelope.get('events')) : undefined;
  return events === undefined ? { place: 'eventList', list } : { place: 'events', list: events };
}

function nonEmptyIn(list: string | undefined): string | undefined {
  return list === undefined || /^(null|\[\s*\])$/.test(list) ? undefined : list;
}

/** The bus that a request gives for all of its events, as JSON text. */
interface BusOfAll {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** What all events of a request share. */
interface Common {
  readonly busOfAll: BusOfAll;
  /** When the request came, as an attribute's value. */
  readonly received: string;
  /** How many JSON values may still come within `data` that is text, which count as one in the body; undefined where there is no need to count. */
  readonly textValues: { left: number; readonly limit: number } | undefined;
}

function readEvent(members: Members, common: Common, receipt: Receipt): EventReading {
  const { busOfAll, received, textValues } = common;
  const fields = eventBusFieldsOf(members, busOfAll);
  if (textValues !== undefined) {
    textValues.left -= valuesInText(fields['data'], textValues.limit);
    if (textValues.left < 0) return { fault: { kind: 'tooManyValues', limit: textValues.limit } };
  }
  const checked = check(eventBusRules, fields);
  if ('fault' in checked) return { fault: inCamelCase(checked.fault, fields) };
  const { accountid: account = receipt.caller.account } = checked.value;
  if (!receipt.caller.mayUse(account)) return { fault: { kind: 'foreignAccount', place: 'accountId' } };
  const event = toEvent(checked.value, { account, received }, receipt);
  const fault = checkName(event.name, 'source', receipt.limits);
  return fault === undefined ? { event } : { fault };
}

/** Every known field parsed, except that `data` stays JSON text unless it is a string. */
export function eventBusFieldsOf(members: Members, busOfAll: BusOfAll): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of names) {
    const value = members.get(name);
    if (value !== undefined) fields[name] = name === 'data' ? dataOf(value) : fieldOf(name, value);
  }
  if (isBlank(fields['eventbusid'])) fields['eventbusid'] = busOf(fields, busOfAll);
  return fields;
}

function fieldOf(name: string, json: string): unknown {
  // Most values are strings, which their first character tells.
  const isNumber = !json.startsWith('"') && alsoNumbers.has(name) && /^[-\d]/.test(json);
  return isNumber ? json : parseValue(json);
}

/** The API's revision of 2025-11-27 names buses. */
function busOf({ eventbusname }: Readonly<Record<string, unknown>>, { id = 'null', name = 'null' }: BusOfAll): unknown {
  const wanted = [parseValue(id), eventbusname, parseValue(name)];
  return wanted.find((bus) => !isBlank(bus));
}

function toEvent(
  fields: EventFields,
  { account, received }: { account: string; received: string },
  receipt: Receipt,
): IncomingEvent {
  const { data, source, type } = fields;
  const id = fields.id ?? receipt.newId();
  const time = fields.time === undefined ? received : rfc3339(fields.time);
  const attributes: Record<string, string> & Attributes = { source, type, id, time };
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' && name !== 'data') attributes[name] = value;
  }
  attributes['accountid'] = account;
  attributes['recvtimestamp'] = received;
  return {
    dialect: 'cloudevents',
    account,
    bus: fields.eventbusid,
    name: `${source}.${type}`,
    receivedAt: receipt.receivedAt,
    trace: receipt.trace,
    attributes,
    data: data === undefined ? undefined : { json: data },
  };
}

/** Reads `data` that came as a string. It may be long, and so is parsed only once. */
interface DataText {
  readonly text: string;
}

function dataOf(json: string): string | DataText {
  return json.startsWith('"') ? { text: String(parseValue(json)) } : json;
}

function isDataText(data: unknown): data is DataText {
  return typeof data === 'object' && data !== null;
}

function valuesInText(data: unknown, limit: number): number {
  const values = isDataText(data) ? countJsonValues(data.text, limit) : 0;
  // Data that nests too deep is refused without being parsed.
  return values === 'nesting' ? 0 : values;
}

/** An object, or a string that holds one; `undefined` for null and the empty string. */
function dataObject(data: unknown): { value: unknown } | FaultKind {
  const isText = isDataText(data);
  const object = isText ? data.text.trim() : String(data);
  if (object === '' || object === 'null') return { value: undefined };
  return object.startsWith('{') && (!isText || isJson(object)) ? { value: object } : 'notDataObject';
}

function time(value: unknown): { value: unknown } | FaultKind {
  const epochMs = readTime(value);
  return epochMs === undefined ? 'notTime' : { value: epochMs };
}

function jsonType(value: unknown): { value: unknown } | FaultKind {
  const isJsonType =
    typeof value === 'string' && /^application\/json *(;.{0,200})?$/i.test(value) && isMediaType(value);
  return isJsonType ? { value } : 'notJsonType';
}

function inCamelCase({ place = '', ...fault }: Fault, fields: Readonly<Record<string, unknown>>): Fault {
  const isNamed = place === 'eventbusid' && !isBlank(fields[place]) && fields[place] === fields['eventbusname'];
  const sent = isNamed ? 'eventbusname' : place;
  return { ...fault, place: camelCase.get(sent) ?? sent };
}
