import { dataOf, type EventMessage } from '@callbus/contracts/events/event';
import { withMember } from '@callbus/runtime/parsing/raw-json';
import { camelCase } from './event-bus-fields.js';
import { shanghaiTime } from './event-time.js';
import type { IncomingEvent } from './incoming-event.js';

/** The events of a request, their messages, and the indices of the events that had been published before. */
interface Echoed {
  readonly events: readonly IncomingEvent[];
  readonly messages: readonly EventMessage[];
  readonly repeats: ReadonlySet<number>;
}

/**
 * An event as the answer repeats it: with names in camel case, times of China, `data` as it was sent, and `repeated` if
 * the event had been published before.
 */
export function echo(event: IncomingEvent, isRepeat = false): string {
  const object = echoWithoutData(event, isRepeat);
  const { data } = event;
  return data !== undefined && 'json' in data ? withMember(object, 'data', data.json) : object;
}

/** The body of an answer that repeats all events of a request. `data` is a slice of each published message. */
export function echoInPieces({ events, messages, repeats }: Echoed): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let text = '{"events":[';
  for (const [index, event] of events.entries()) {
    const object = echoWithoutData(event, repeats.has(index));
    const message = messages[index];
    const data = message && dataOf(message);
    text += index === 0 ? '' : ',';
    if (data === undefined) text += object;
    else {
      pieces.push(Buffer.from(`${text}${object.slice(0, -1)},"data":`), data);
      text = '}';
    }
  }
  return [...pieces, Buffer.from(`${text}]}`)];
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
