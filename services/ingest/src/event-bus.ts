import Joi from 'joi';
import type { Fault, FaultKind } from './errors.js';
import { readEventList } from './event-list.js';
import { readTime, rfc3339, shanghaiTime } from './event-time.js';
import { accountMaxBytes, check, echoedMaxBytes, idMaxBytes, isBlank, readBy, text } from './fields.js';
import type { EventReading, IncomingEvent, Reading, Receipt } from './incoming-event.js';
import { membersOf, withMember } from './raw-json.js';
import { isJson, readJson } from './read-json.js';

/** How the answer writes the names that requests may write in any case. */
const camelCase: Readonly<Record<string, string>> = {
  accountid: 'accountId',
  eventbusid: 'eventBusId',
  resourcetype: 'resourceType',
  eventbusname: 'eventBusName',
  eventsourcealias: 'eventSourceAlias',
  eventalias: 'eventAlias',
  eventaliasen: 'eventAliasEn',
  recvtimestamp: 'recvTimestamp',
};

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

const rules = {
  source: text(idMaxBytes).required(),
  type: text(idMaxBytes).required(),
  id: text(idMaxBytes),
  data: readBy(dataObject),
  time: readBy(time),
  specversion: readBy((value) => (value === '1.0' ? { value } : 'notVersion1')).default('1.0'),
  datacontenttype: readBy(jsonType).default('application/json'),
  accountid: text(accountMaxBytes),
  eventbusid: text(accountMaxBytes).required(),
  subject: echoed,
  resourcetype: echoed,
  level: echoed,
  eventbusname: echoed,
  eventsourcealias: echoed,
  eventalias: echoed,
  eventaliasen: echoed,
  region: echoed,
};
const names = Object.keys(rules);
const schema = Joi.object<EventFields>(rules);

/** Reads the body of an event bus publish: all its events, or the first fault in their order. */
export function readEventBus(body: Buffer, receipt: Receipt): Reading {
  const document = readJson(body);
  if (document === undefined) return { fault: { kind: 'notJson' } };
  if (!document.startsWith('{')) return { fault: { kind: 'notJsonObject' } };

  const envelope = membersInLowerCase(document);
  const list = envelope.get('eventlist');
  if (list === undefined || /^(null|\[\s*\])$/.test(list)) return { fault: { kind: 'missing', place: 'eventList' } };
  const busOfAll = envelope.get('eventbusid');
  const read = (json: string) => readEvent(json, busOfAll, receipt);
  return readEventList(list, { place: 'eventList', limits: receipt.limits, read });
}

/** The event as the publisher gets it back: names in camel case, times of China, `data` as it was sent. */
export function echo({ attributes, data }: IncomingEvent): string {
  const fields = Object.entries(attributes).map(([name, value]) => [
    camelCase[name] ?? name,
    name === 'time' || name === 'recvtimestamp' ? shanghaiTime(Date.parse(String(value))) : value,
  ]);
  const object = JSON.stringify(Object.fromEntries(fields));
  return data !== undefined && 'json' in data ? withMember(object, 'data', data.json) : object;
}

function readEvent(json: string, busOfAll: string | undefined, receipt: Receipt): EventReading {
  const checked = check(schema, fieldsOf(json, busOfAll));
  if ('fault' in checked) return { fault: inCamelCase(checked.fault) };
  const { accountid: account = receipt.caller.account } = checked.value;
  if (!receipt.caller.mayUse(account)) return { fault: { kind: 'foreignAccount', place: 'accountId' } };
  return { event: toEvent(checked.value, account, receipt) };
}

/** Every known field parsed, except that `data` stays JSON text. */
function fieldsOf(json: string, busOfAll: string | undefined): Record<string, unknown> {
  const members = membersInLowerCase(json);
  const fields: Record<string, unknown> = {};
  for (const name of names) {
    const value = members.get(name);
    if (value !== undefined) fields[name] = name === 'data' ? value : JSON.parse(value);
  }
  if (isBlank(fields['eventbusid']) && busOfAll !== undefined) fields['eventbusid'] = JSON.parse(busOfAll);
  return fields;
}

function toEvent(fields: EventFields, account: string, receipt: Receipt): IncomingEvent {
  const { data, time: sentAt, source, type, id, ...others } = fields;
  return {
    dialect: 'cloudevents',
    account,
    bus: fields.eventbusid,
    name: `${source}.${type}`,
    receivedAt: receipt.receivedAt,
    traceparent: receipt.traceparent,
    attributes: {
      source,
      type,
      id: id ?? receipt.newId(),
      time: rfc3339(sentAt ?? receipt.receivedAt),
      ...others,
      accountid: account,
      recvtimestamp: rfc3339(receipt.receivedAt),
    },
    data: data === undefined ? undefined : { json: data },
  };
}

/** Names differ in nothing but case: the last spelling holds, as the last duplicate does. */
function membersInLowerCase(json: string): Map<string, string> {
  return new Map(Array.from(membersOf(json), ([name, value]) => [name.toLowerCase(), value]));
}

/** An object, or a string that holds one; `undefined` for null and the empty string. */
function dataObject(json: unknown): { value: unknown } | FaultKind {
  const written = String(json);
  const isString = written.startsWith('"');
  const object = isString ? String(JSON.parse(written)).trim() : written;
  if (object === '' || object === 'null') return { value: undefined };
  return object.startsWith('{') && (!isString || isJson(object)) ? { value: object } : 'notDataObject';
}

function time(value: unknown): { value: unknown } | FaultKind {
  const epochMs = readTime(value);
  return epochMs === undefined ? 'notTime' : { value: epochMs };
}

function jsonType(value: unknown): { value: unknown } | FaultKind {
  const isJsonType = typeof value === 'string' && /^application\/json\s*(;[ -~]{0,200})?$/i.test(value);
  return isJsonType ? { value } : 'notJsonType';
}

function inCamelCase({ place = '', ...fault }: Fault): Fault {
  return { ...fault, place: camelCase[place] ?? place };
}
