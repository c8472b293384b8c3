import { canHoldMoreValues, countJsonValues, defaultJsonValues } from '@callbus/runtime/parsing/json-values';
import { endOfValue, walkMembers } from '@callbus/runtime/parsing/raw-json';
import { Fault } from '../errors.js';
import {
  camelCase,
  eventBusFieldsOf,
  eventBusRules,
  knownMembersAt,
  longestName,
  textOfData,
  type BusOfAll,
  type EventFields,
  type Members,
} from './event-bus-fields.js';
import { readDifferences, type ReadEvent } from './event-bus-changes.js';
import { elementsAt, readEventList, type Element } from './event-list.js';
import { rfc3339 } from './event-time.js';
import { check, isBlank } from './fields.js';
import { checkName, type Attributes, type IncomingEvent, type Receipt } from './incoming-event.js';
import { readJson } from './read-json.js';

/** Reads the body of an event bus publish. @returns all events, or the first fault in their order */
export function readEventBus(body: Buffer, receipt: Receipt): readonly IncomingEvent[] | Fault {
  const document = readJson(body, receipt.limits);
  if (document instanceof Fault) return document;
  if (!document.startsWith('{')) return new Fault('notJsonObject');

  const { envelope, lists } = envelopeOf(document);
  const { field, list } = listIn(envelope);
  if (list === undefined) return new Fault('missing', { field });
  const received = rfc3339(receipt.receivedAt);
  const { jsonValues = defaultJsonValues } = receipt.limits;
  const common: Common = {
    busOfAll: { id: envelope.get('eventbusid'), name: envelope.get('eventbusname') },
    received,
    textValues: canHoldMoreValues(jsonValues, body.length) ? { left: jsonValues, limit: jsonValues } : undefined,
  };
  let last: ReadEvent | undefined;
  const read = (members: Members) => {
    const alike = last && readDifferences(last, members);
    const event =
      alike === undefined
        ? readEvent(members, common, receipt)
        : (checkName(alike.name, 'source', receipt.limits) ?? alike);
    if (!(event instanceof Fault)) last = { members, event };
    return event;
  };
  return readEventList(lists.get(field.toLowerCase()), { field, limits: receipt.limits, read });
}

/** The members of the body as JSON text, by name in lower case. */
type Envelope = ReadonlyMap<string, string>;

/** The members of the body, and the elements of the members that hold events. */
function envelopeOf(document: string): {
  envelope: Envelope;
  lists: ReadonlyMap<string, readonly Element<Members>[] | undefined>;
} {
  const envelope = new Map<string, string>();
  const lists = new Map<string, readonly Element<Members>[] | undefined>();
  walkMembers(document, 0, (key, start) => {
    const name = key.length <= longestName ? key.toLowerCase() : undefined;
    const isList = (name === 'eventlist' || name === 'events') && document.startsWith('[', start);
    const list = isList ? elementsAt(document, start, knownMembersAt) : undefined;
    const end = list?.end ?? endOfValue(document, start);
    // The last of several duplicates counts.
    if (name !== undefined) envelope.set(name, document.slice(start, end));
    if (name !== undefined) lists.set(name, list?.elements);
    return end;
  });
  return { envelope, lists };
}

/** The documents of the original API call the list `eventList`, its SDK calls it `events`. */
function listIn(envelope: Envelope): { field: string; list: string | undefined } {
  const list = nonEmptyIn(envelope.get('eventlist'));
  const events = list === undefined ? nonEmptyIn(envelope.get('events')) : undefined;
  return events === undefined ? { field: 'eventList', list } : { field: 'events', list: events };
}

function nonEmptyIn(list: string | undefined): string | undefined {
  return list === undefined || /^(null|\[\s*\])$/.test(list) ? undefined : list;
}

/** The facts that all events of a request share. */
interface Common {
  readonly busOfAll: BusOfAll;
  /** The time of the request, as an attribute's value. */
  readonly received: string;
  /**
   * How many JSON values may still come in `data` that is a string of JSON. Such a string counts as one value of the
   * body. Undefined for a body that is too short to reach the limit.
   */
  readonly textValues: { left: number; readonly limit: number } | undefined;
}

function readEvent(members: Members, common: Common, receipt: Receipt): IncomingEvent | Fault {
  const { busOfAll, received, textValues } = common;
  const fields = eventBusFieldsOf(members, busOfAll);
  if (textValues !== undefined) {
    textValues.left -= valuesInText(fields['data'], textValues.limit);
    if (textValues.left < 0) return new Fault('tooManyValues', { limit: textValues.limit });
  }
  const checked = check(eventBusRules, fields);
  if (checked instanceof Fault) return inCamelCase(checked, fields);
  const { accountid: account = receipt.caller.account } = checked;
  if (!receipt.caller.mayUse(account)) return new Fault('foreignAccount', { field: 'accountId' });
  const event = toEvent(checked, { account, received }, receipt);
  return checkName(event.name, 'source', receipt.limits) ?? event;
}

function valuesInText(data: unknown, limit: number): number {
  const text = textOfData(data);
  const values = text === undefined ? 0 : countJsonValues(text, limit);
  // Data that nests too deeply is refused without being parsed.
  return values === 'tooDeep' ? 0 : values;
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
    traceContext: receipt.traceContext,
    attributes,
    data: data === undefined ? undefined : { json: data },
  };
}

/** The fault with the name of the field as the request spells it: the bus may have been given by its name. */
function inCamelCase(fault: Fault, fields: Readonly<Record<string, unknown>>): Fault {
  const { field = '' } = fault.details;
  const isNamed = field === 'eventbusid' && !isBlank(fields[field]) && fields[field] === fields['eventbusname'];
  const sent = isNamed ? 'eventbusname' : field;
  return fault.of(camelCase.get(sent) ?? sent);
}
