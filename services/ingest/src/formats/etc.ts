import { Fault } from '../errors.js';
import { rfc3339 } from './event-time.js';
import {
  check,
  described,
  echoedMaxBytes,
  idMaxBytes,
  isBlank,
  nameMaxBytes,
  readBy,
  required,
  rulesOf,
  text,
} from './fields.js';
import { checkName, type IncomingEvent, type Receipt } from './incoming-event.js';
import { eachMember, parseValue } from '@callbus/runtime/parsing/raw-json';
import { readJson } from './read-json.js';

interface EtcFields {
  readonly event_source: string;
  readonly event_topic: string;
  readonly event_type: string;
  readonly event_status: string;
  readonly event_key?: string;
  /** JSON text. */
  readonly changes: string;
}

const textNames = new Set(['event_source', 'event_topic', 'event_type', 'event_status', 'event_key']);

/** A string. A number or a boolean is accepted too, as the text that the publisher wrote. */
const scalar = (maxBytes: number, description: string) =>
  described(text(maxBytes), description, { type: ['string', 'number', 'boolean'] });

export const etcRules = rulesOf<EtcFields>({
  event_source: required(scalar(idMaxBytes, 'Where the event comes from.')),
  event_topic: required(scalar(echoedMaxBytes, 'The topic of the event.')),
  event_type: required(scalar(idMaxBytes, 'The type of the event.')),
  event_status: required(scalar(echoedMaxBytes, 'The status of what the event is about.')),
  event_key: scalar(
    nameMaxBytes,
    'The name that subscriptions match. By default the four fields above, joined by dots.',
  ),
  changes: required(
    described(readBy(nonEmptyArray), 'What has changed: at least one item, passed on as it was sent.', {
      type: 'array',
      minItems: 1,
      items: {},
    }),
  ),
});

/** Reads the body of an ETC publish, which is always one event. */
export function readEtc(body: Buffer, receipt: Receipt): readonly [IncomingEvent] | Fault {
  const { eventBytes } = receipt.limits;
  if (body.length > eventBytes) return new Fault('eventTooLarge', { limit: eventBytes });
  const document = readJson(body, receipt.limits);
  if (document instanceof Fault) return document;
  if (!document.startsWith('{')) return new Fault('notJsonObject');

  const fields = check(etcRules, etcFieldsOf(document));
  if (fields instanceof Fault) return fields;
  const key = keyOf(fields);
  if (Buffer.byteLength(key) > nameMaxBytes) return new Fault('tooLong', { field: 'event_key', limit: nameMaxBytes });
  return checkName(key, 'event_key', receipt.limits) ?? [toEvent({ ...fields, event_key: key }, receipt)];
}

/** Decodes strings. Numbers and booleans keep their spelling, and `changes` stays JSON text. */
export function etcFieldsOf(document: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  // The last of several duplicates counts.
  eachMember(document, (name, json) => {
    if (name === 'changes') fields[name] = json;
    else if (textNames.has(name)) fields[name] = scalarOf(json);
  });
  return fields;
}

function scalarOf(json: string): unknown {
  return /^[-\dtf]/.test(json) ? json : parseValue(json);
}

/** @param json the text of `changes` */
function nonEmptyArray(json: unknown): string | Fault {
  const changes = String(json);
  if (changes.startsWith('[')) return /^\[\s*\]$/.test(changes) ? new Fault('missing') : changes;
  return new Fault(isBlank(JSON.parse(changes)) ? 'missing' : 'notList');
}

function keyOf({ event_key, event_source, event_topic, event_type, event_status }: EtcFields): string {
  return event_key ?? [event_source, event_topic, event_type, event_status].join('.');
}

function toEvent(fields: Required<EtcFields>, receipt: Receipt): IncomingEvent {
  const { account } = receipt.caller;
  const id = receipt.newId();
  const texts = JSON.stringify({ ...fields, changes: undefined }).slice(0, -1);
  return {
    dialect: 'etc',
    account,
    bus: '',
    name: fields.event_key,
    receivedAt: receipt.receivedAt,
    traceContext: receipt.traceContext,
    // An event_key names a class of events: no ETC event repeats another.
    identity: id,
    attributes: {
      specversion: '1.0',
      id,
      source: fields.event_source,
      type: fields.event_type,
      time: rfc3339(receipt.receivedAt),
      datacontenttype: 'application/json',
      accountid: account,
    },
    data: { json: `${texts},"changes":${fields.changes},"request_id":${JSON.stringify(id)}}` },
  };
}
