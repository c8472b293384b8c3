import Joi from 'joi';
import type { FaultKind } from './errors.js';
import { rfc3339 } from './event-time.js';
import { check, echoedMaxBytes, idMaxBytes, isBlank, nameMaxBytes, readBy, text } from './fields.js';
import type { IncomingEvent, Reading, Receipt } from './incoming-event.js';
import { membersOf, withMember } from './raw-json.js';
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

const textNames = ['event_source', 'event_topic', 'event_type', 'event_status', 'event_key'] as const;

const schema = Joi.object<EtcFields>({
  event_source: text(idMaxBytes).required(),
  event_topic: text(echoedMaxBytes).required(),
  event_type: text(idMaxBytes).required(),
  event_status: text(echoedMaxBytes).required(),
  event_key: text(nameMaxBytes),
  changes: readBy(nonEmptyArray).required(),
});

/** Reads the body of an ETC publish: always one event. */
export function readEtc(body: Buffer, receipt: Receipt): Reading {
  const { eventBytes } = receipt.limits;
  if (body.length > eventBytes) return { fault: { kind: 'eventTooLarge', limit: eventBytes } };
  const document = readJson(body);
  if (document === undefined) return { fault: { kind: 'notJson' } };
  if (!document.startsWith('{')) return { fault: { kind: 'notJsonObject' } };

  const checked = check(schema, fieldsOf(document));
  if ('fault' in checked) return checked;
  const fields = { ...checked.value, event_key: keyOf(checked.value) };
  if (Buffer.byteLength(fields.event_key) > nameMaxBytes) {
    return { fault: { kind: 'tooLong', place: 'event_key', limit: nameMaxBytes } };
  }
  return { events: [toEvent(fields, receipt)] };
}

/** Strings, and numbers and booleans as they are written; `changes` stays JSON text. */
function fieldsOf(document: string): Record<string, unknown> {
  const members = membersOf(document);
  const fields = textNames.map((name) => [name, scalarOf(members.get(name))] as const);
  return { ...Object.fromEntries(fields), changes: members.get('changes') };
}

function scalarOf(json: string | undefined): unknown {
  return json !== undefined && /^[-\dtf]/.test(json) ? json : json && JSON.parse(json);
}

/** @param json the text of `changes` */
function nonEmptyArray(json: unknown): { value: string } | FaultKind {
  const changes = String(json);
  if (changes.startsWith('[')) return /^\[\s*\]$/.test(changes) ? 'missing' : { value: changes };
  return isBlank(JSON.parse(changes)) ? 'missing' : 'notList';
}

function keyOf({ event_key, event_source, event_topic, event_type, event_status }: EtcFields): string {
  return event_key ?? [event_source, event_topic, event_type, event_status].join('.');
}

function toEvent({ changes, ...texts }: EtcFields & { event_key: string }, receipt: Receipt): IncomingEvent {
  const { account } = receipt.caller;
  const id = receipt.newId();
  return {
    dialect: 'etc',
    account,
    bus: '',
    name: texts.event_key,
    receivedAt: receipt.receivedAt,
    traceparent: receipt.traceparent,
    attributes: {
      specversion: '1.0',
      id,
      source: texts.event_source,
      type: texts.event_type,
      time: rfc3339(receipt.receivedAt),
      datacontenttype: 'application/json',
      accountid: account,
    },
    data: { json: withMember(withMember(JSON.stringify(texts), 'changes', changes), 'request_id', JSON.stringify(id)) },
  };
}
