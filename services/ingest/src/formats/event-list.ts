import type { Fault } from '../errors.js';
import type { EventReading, IncomingEvent, Limits, Reading } from './incoming-event.js';
import { endOfValue, walkElements } from '@callbus/runtime/parsing/raw-json';

/** An element of a list as JSON text, with its members when it is an object. */
export interface Element {
  readonly json: string;
  readonly members: ReadonlyMap<string, string> | undefined;
}

/** Finds the members of an object within a text, and its end. */
export type MembersAt = (text: string, start: number) => { members: ReadonlyMap<string, string>; end: number };

/**
 * Finds the elements of an array within a text, and its end. One walk finds elements and their members.
 *
 * @param start the position of its bracket
 */
export function elementsAt(text: string, start: number, membersAt: MembersAt): { elements: Element[]; end: number } {
  const elements: Element[] = [];
  const end = walkElements(text, start, (from) => {
    const object = text.startsWith('{', from) ? membersAt(text, from) : undefined;
    const to = object?.end ?? endOfValue(text, from);
    elements.push({ json: text.slice(from, to), members: object?.members });
    return to;
  });
  return { elements, end };
}

export interface ReadOptions {
  readonly limits: Limits;
  readonly read: (members: ReadonlyMap<string, string>) => EventReading;
}

/**
 * Reads a list of events in order. @returns all of them, or the first fault with its place in the list
 *
 * @param elements undefined when the value is not a list
 * @param options `place`: the name of the list in faults; empty for the body itself
 */
export function readEventList(
  elements: readonly Element[] | undefined,
  { place, ...options }: ReadOptions & { place: string },
): Reading {
  const { eventsPerRequest } = options.limits;
  if (elements === undefined) return { fault: { kind: 'notList', place: place || 'the body' } };
  if (elements.length > eventsPerRequest) {
    return { fault: { kind: 'tooMany', place: place || 'the body', limit: eventsPerRequest } };
  }
  const events: IncomingEvent[] = [];
  for (const [index, element] of elements.entries()) {
    const reading = readEvent(element, options);
    if ('fault' in reading) return { fault: within(`${place}[${index}]`, reading.fault) };
    events.push(reading.event);
  }
  return { events };
}

/** Reads one event, if it is an object within the size limit. */
export function readEvent({ json, members }: Element, { limits, read }: ReadOptions): EventReading {
  if (members === undefined) return { fault: { kind: 'notObject' } };
  const isTooLarge = Buffer.byteLength(json) > limits.eventBytes;
  return isTooLarge ? { fault: { kind: 'eventTooLarge', limit: limits.eventBytes } } : read(members);
}

function within(event: string, fault: Fault): Fault {
  return { ...fault, place: fault.place === undefined ? event : `${event}.${fault.place}` };
}
