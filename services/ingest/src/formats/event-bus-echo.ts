import { dataOf, type EventMessage } from '@callbus/contracts/events/event';
import { lineEnd } from '@callbus/runtime/http/door';
import { joinedBytes } from '@callbus/runtime/parsing/joined-bytes';
import { createSimilarObjects } from '@callbus/runtime/parsing/similar-objects';
import { camelCase } from './event-bus-fields.js';
import { shanghaiTime } from './event-time.js';
import type { Attributes, IncomingEvent } from './incoming-event.js';

type Value = Attributes[string];

const opening = '{"events":[';
const closing = `]}${lineEnd}`;
const repeated = ',"repeated":true';

/** The events of a request, their messages, and the indices of the events that had been published before. */
interface Echoed {
  readonly events: readonly IncomingEvent[];
  readonly messages: readonly EventMessage[];
  readonly repeats: ReadonlySet<number>;
}

/**
 * The body of an answer that repeats all events of a request: with names in camel case, times of China, `data` as it was sent, and `repeated`
 * if the event had been published before.
 *
 * @returns the body for the indices of the events that had been published before
 */
export function echo(events: readonly IncomingEvent[]): (repeats: ReadonlySet<number>) => readonly Buffer[] {
  const write = createSimilarObjects(echoed);
  const texts = events.flatMap(({ attributes, data }, index) => [
    (index === 0 ? opening : ',') + write(attributes),
    data !== undefined && 'json' in data ? `,"data":${data.json}}` : '}',
  ]);
  const { bytes, ends } = joinedBytes([...texts, closing]);

  return (repeats) => {
    const pieces: Buffer[] = [];
    let from = 0;
    for (const index of Array.from(repeats).sort((one, other) => one - other)) {
      const to = ends[2 * index] ?? from;
      pieces.push(bytes.subarray(from, to), Buffer.from(repeated));
      from = to;
    }
    return [...pieces, bytes.subarray(from)];
  };
}

/** The same body in pieces. `data` is a slice of each published message. */
export function echoInPieces({ events, messages, repeats }: Echoed): readonly Buffer[] {
  const write = createSimilarObjects(echoed);
  const pieces: Buffer[] = [];
  let text = opening;
  for (const [index, { attributes }] of events.entries()) {
    const message = messages[index];
    const data = message && dataOf(message);
    text += write(attributes) + (repeats.has(index) ? repeated : '');
    if (data !== undefined) {
      pieces.push(Buffer.from(`${text},"data":`), data);
      text = '';
    }
    text += index < events.length - 1 ? '},' : '}';
  }
  return [...pieces, Buffer.from(text + closing)];
}

/** The name and value with which the answer repeats an attribute. */
function echoed(name: string, value: Value): readonly [string, Value] {
  const isTime = name === 'time' || name === 'recvtimestamp';
  return [camelCase.get(name) ?? name, isTime ? shanghaiTime(String(value)) : value];
}
