import { parseValue } from '@callbus/runtime/parsing/raw-json';
import { names, eventBusRules, type Members } from './event-bus-fields.js';
import { readTime, rfc3339 } from './event-time.js';
import { isBlank } from './fields.js';
import type { Attributes, IncomingEvent } from './incoming-event.js';

/** The text fields from which nothing else follows, except the event's name from `source` and `type`. */
const independent = new Set([
  'source',
  'type',
  'id',
  'subject',
  'resourcetype',
  'level',
  'eventsourcealias',
  'eventalias',
  'eventaliasen',
  'region',
]);
/** The readers of these fields, by the index of the field. */
const readers = names.map((name) => (independent.has(name) ? eventBusRules.rules.get(name)?.read : undefined));
const timeAt = names.indexOf('time');
const dataAt = names.indexOf('data');
const idAt = names.indexOf('id');

/** An event and the members that it was read from. */
export interface ReadEvent {
  readonly members: Members;
  readonly event: IncomingEvent;
}

/**
 * Reads an event by its differences from the one before it: events of a list have most values in common, which have been checked.
 *
 * @returns undefined when the event has to be read by itself: it may be at fault, or other values may follow from a difference
 */
export function readDifferences({ members: before, event }: ReadEvent, members: Members): IncomingEvent | undefined {
  const attributes: Record<string, string | number | boolean> & Attributes = { ...event.attributes };
  for (let index = 0; index < names.length; index += 1) {
    const json = members[index];
    const isSame = json === before[index];
    // An event without an id gets one of its own.
    if (index === dataAt ? isSame && json === undefined : isSame && index !== idAt) continue;
    if (json === undefined || before[index] === undefined) return undefined;
    if (index === dataAt) {
      if (!json.startsWith('{')) return undefined;
    } else {
      const value = index === timeAt ? timeOf(json) : textOf(json, readers[index]);
      if (value === undefined) return undefined;
      attributes[names[index] ?? ''] = value;
    }
  }
  const json = members[dataAt];
  const data = json === undefined ? undefined : { json };
  const { source, type } = event.attributes;
  const isNamedAlike = attributes.source === source && attributes.type === type;
  return { ...event, name: isNamedAlike ? event.name : `${attributes.source}.${attributes.type}`, attributes, data };
}

function timeOf(json: string): string | undefined {
  const time = readTime(parseValue(json));
  return time === undefined ? undefined : rfc3339(time);
}

function textOf(json: string, read: ((value: unknown) => unknown) | undefined): string | undefined {
  if (read === undefined || !json.startsWith('"')) return undefined;
  const value = parseValue(json);
  const text = isBlank(value) ? undefined : read(value);
  return typeof text === 'string' ? text : undefined;
}
