import { accountMaxBytes } from '@callbus/contracts/account';
import { isMediaType } from '@callbus/contracts/events/media-type';
import { endOfValue, parseValue, walkMembers } from '@callbus/runtime/parsing/raw-json';
import { Fault } from '../errors.js';
import { readTime } from './event-time.js';
import {
  described,
  echoedMaxBytes,
  idMaxBytes,
  isBlank,
  readBy,
  required,
  rulesOf,
  text,
  withDefault,
} from './fields.js';
import { isJson } from './read-json.js';

/** The spelling of names in answers, by name in lower case. Requests may write the names in any letter case. */
export const camelCase: ReadonlyMap<string, string> = new Map(
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

export interface EventFields {
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

const echoed = (description: string) => described(text(echoedMaxBytes), description);
/** A number is accepted too, as the text that the publisher wrote. */
const alsoNumber = { type: ['string', 'number'] };

const known = {
  source: required(described(text(idMaxBytes), 'Where the event comes from. With `id` it identifies the event.')),
  type: required(described(text(idMaxBytes), 'The type of the event.')),
  id: described(text(idMaxBytes), 'Identifies the event of its source. By default a new UUID.', alsoNumber),
  data: described(
    readBy(dataObject),
    'An object, or a string that holds one as JSON. Null and an empty string mean no data.',
    {
      type: ['object', 'string', 'null'],
    },
  ),
  time: described(
    readBy((value) => readTime(value) ?? new Fault('notTime')),
    'Epoch milliseconds (a number or digits), RFC 3339, or ISO 8601 with an offset such as `+0800`. By default the time of receipt.',
    { type: ['string', 'integer'] },
  ),
  specversion: withDefault(
    described(
      readBy((value) => (value === '1.0' ? value : new Fault('notVersion1'))),
      'The version of CloudEvents.',
      { type: 'string', enum: ['1.0'] },
    ),
    '1.0',
  ),
  datacontenttype: withDefault(
    described(readBy(jsonType), 'The media type of `data`: `application/json`, with any parameters.', {
      type: 'string',
    }),
    'application/json',
  ),
  accountid: described(text(accountMaxBytes), 'The account. By default that of the caller.', alsoNumber),
  eventbusid: required(
    described(text(accountMaxBytes), 'The bus. By default that of the request, else `eventBusName`.'),
  ),
  subject: echoed('What the event is about.'),
  resourcetype: echoed('The type of the resource.'),
  level: described(text(echoedMaxBytes), 'The level of the event.', alsoNumber),
  eventbusname: echoed('The name of the bus, which stands in for its id.'),
  eventsourcealias: echoed('The display name of the source.'),
  eventalias: echoed('The display name of the event.'),
  eventaliasen: echoed('The English display name of the event.'),
  region: echoed('The region of the resource.'),
};
export const names: readonly string[] = Object.keys(known);
const indices: ReadonlyMap<string, number> = new Map(names.map((name, index) => [name, index]));
/** A number is a valid value of these fields, and keeps its spelling. */
const alsoNumbers = new Set(['id', 'accountid', 'level']);
/** The length of the longest field name. A longer name is not compared with the fields. */
export const longestName = Math.max(...names.map(({ length }) => length));
/** Most requests use one of two spellings. */
const usualSpellings = new Map(
  names.flatMap((name, index) => [name, camelCase.get(name) ?? name].map((each) => [each, index])),
);
export const eventBusRules = rulesOf<EventFields>(known);

/** The fields of an event as JSON text, by their index in `names`. */
export type Members = readonly (string | undefined)[];

const noMembers: (string | undefined)[] = names.map(() => undefined);

/** The bus that a request gives for all of its events, as JSON text. */
export interface BusOfAll {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/**
 * Finds the members of an object that can be fields of an event. Names that differ only in case are duplicates, and the
 * last of several duplicates counts.
 */
export function knownMembersAt(text: string, start: number): { members: Members; end: number } {
  const members = noMembers.slice();
  const end = walkMembers(text, start, (key, from) => {
    const to = endOfValue(text, from);
    const index = key.length <= longestName ? (usualSpellings.get(key) ?? indices.get(key.toLowerCase())) : undefined;
    if (index !== undefined) members[index] = text.slice(from, to);
    return to;
  });
  return { members, end };
}

/** Parses the known fields of an event. `data` stays JSON text unless it is a string. */
export function eventBusFieldsOf(members: Members, busOfAll: BusOfAll): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [index, name] of names.entries()) {
    const value = members[index];
    if (value !== undefined) fields[name] = name === 'data' ? dataOf(value) : fieldOf(name, value);
  }
  if (isBlank(fields['eventbusid'])) fields['eventbusid'] = busOf(fields, busOfAll);
  return fields;
}

function fieldOf(name: string, json: string): unknown {
  // Most values are strings, which the first character shows.
  const isNumber = !json.startsWith('"') && alsoNumbers.has(name) && /^[-\d]/.test(json);
  return isNumber ? json : parseValue(json);
}

/** The API's revision of 2025-11-27 allows a bus to be given by name. */
function busOf({ eventbusname }: Readonly<Record<string, unknown>>, { id = 'null', name = 'null' }: BusOfAll): unknown {
  const wanted = [parseValue(id), eventbusname, parseValue(name)];
  return wanted.find((bus) => !isBlank(bus));
}

/** The value of `data` that came as a string of JSON. The string may be long, and so is parsed only once. */
interface DataText {
  readonly text: string;
}

function dataOf(json: string): string | DataText {
  return json.startsWith('"') ? { text: String(parseValue(json)) } : json;
}

/** The text of `data` that came as a string of JSON; undefined for any other `data`. */
export function textOfData(data: unknown): string | undefined {
  return isDataText(data) ? data.text : undefined;
}

function isDataText(data: unknown): data is DataText {
  return typeof data === 'object' && data !== null;
}

/** Reads an object, or a string that holds one. @returns undefined for null and the empty string */
function dataObject(data: unknown): unknown {
  const text = textOfData(data);
  const object = text === undefined ? String(data) : text.trim();
  if (object === '' || object === 'null') return undefined;
  return object.startsWith('{') && (text === undefined || isJson(object)) ? object : new Fault('notDataObject');
}

function jsonType(value: unknown): unknown {
  const isJsonType =
    typeof value === 'string' && /^application\/json *(;.{0,200})?$/i.test(value) && isMediaType(value);
  return isJsonType ? value : new Fault('notJsonType');
}
