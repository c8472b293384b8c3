import { Fault } from '../errors.js';
import type { IncomingEvent, Limits } from './incoming-event.js';
import { endOfValue, walkElements } from '@callbus/runtime/parsing/raw-json';

/** An element of a list as JSON text, and its members if it is an object. */
export interface Element<Members> {
  readonly json: string;
  readonly members: Members | undefined;
}

/** Finds the members of an object within a text, and its end. */
export type MembersAt<Members> = (text: string, start: number) => { members: Members; end: number };

/**
 * Finds the elements of an array within a text, and the end of the array. The text is walked through only once for the
 * elements and their members.
 *
 * @param start the position of the array's opening bracket
 */
export function elementsAt<Members>(
  text: string,
  start: number,
  membersAt: MembersAt<Members>,
): { elements: Element<Members>[]; end: number } {
  const elements: Element<Members>[] = [];
  const end = walkElements(text, start, (from) => {
    const object = text.startsWith('{', from) ? membersAt(text, from) : undefined;
    const to = object?.end ?? endOfValue(text, from);
    elements.push({ json: text.slice(from, to), members: object?.members });
    return to;
  });
  return { elements, end };
}

export interface ReadOptions<Members> {
  readonly limits: Limits;
  readonly read: (members: Members) => IncomingEvent | Fault;
}

/**
 * Reads a list of events in order.
 *
 * @param elements undefined when the value is not a list
 * @param options `field`: the name of the list in faults; empty for the body itself
 * @returns all events, or the first fault with the index of its event
 */
export function readEventList<Members>(
  elements: readonly Element<Members>[] | undefined,
  { field, ...options }: ReadOptions<Members> & { field: string },
): readonly IncomingEvent[] | Fault {
  const { eventsPerRequest } = options.limits;
  if (elements === undefined) return new Fault('notList', { field: field || 'the body' });
  if (elements.length > eventsPerRequest) {
    return new Fault('tooMany', { field: field || 'the body', limit: eventsPerRequest });
  }
  const events: IncomingEvent[] = [];
  for (const [index, element] of elements.entries()) {
    const event = readEvent(element, options);
    if (event instanceof Fault) return within(`${field}[${index}]`, event);
    events.push(event);
  }
  return events;
}

/** Reads one event, if it is an object within the size limit. */
export function readEvent<Members>(
  { json, members }: Element<Members>,
  { limits, read }: ReadOptions<Members>,
): IncomingEvent | Fault {
  if (members === undefined) return new Fault('notObject');
  // A character takes at most three bytes.
  const isTooLarge = 3 * json.length > limits.eventBytes && Buffer.byteLength(json) > limits.eventBytes;
  return isTooLarge ? new Fault('eventTooLarge', { limit: limits.eventBytes }) : read(members);
}

/** @param event the event's position in the list, such as `eventList[3]` */
function within(event: string, fault: Fault): Fault {
  const { field } = fault.details;
  return fault.of(field === undefined ? event : `${event}.${field}`);
}
