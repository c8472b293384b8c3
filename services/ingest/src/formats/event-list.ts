import type { Fault } from '../errors.js';
import type { EventReading, IncomingEvent, Limits, Reading } from './incoming-event.js';
import { elementsOf } from '@callbus/runtime/parsing/raw-json';

export interface ListOptions {
  /** What faults call the list; empty for the body itself. */
  readonly place: string;
  readonly limits: Limits;
  readonly read: (json: string) => EventReading;
}

/** Reads a JSON array of events in order: all of them, or the first fault with its place in the list. */
export function readEventList(list: string, { place, limits, read }: ListOptions): Reading {
  if (!list.startsWith('[')) return { fault: { kind: 'notList', place: place || 'the body' } };
  const elements = elementsOf(list);
  if (elements.length > limits.eventsPerRequest) {
    return { fault: { kind: 'tooMany', place: place || 'the body', limit: limits.eventsPerRequest } };
  }
  const events: IncomingEvent[] = [];
  for (const [index, element] of elements.entries()) {
    const reading = readEvent(element, limits, read);
    if ('fault' in reading) return { fault: within(`${place}[${index}]`, reading.fault) };
    events.push(reading.event);
  }
  return { events };
}

/** Reads the JSON text of one event, when it is an object of a size that is allowed. */
export function readEvent(json: string, limits: Limits, read: (json: string) => EventReading): EventReading {
  if (!json.startsWith('{')) return { fault: { kind: 'notObject' } };
  const isTooLarge = Buffer.byteLength(json) > limits.eventBytes;
  return isTooLarge ? { fault: { kind: 'eventTooLarge', limit: limits.eventBytes } } : read(json);
}

function within(event: string, fault: Fault): Fault {
  return { ...fault, place: fault.place === undefined ? event : `${event}.${fault.place}` };
}
