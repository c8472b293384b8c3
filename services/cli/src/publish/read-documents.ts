import { addAbortSignal, type Readable } from 'node:stream';
import type { Event } from '@callbus/client';
import { messageOf } from '@callbus/runtime/observability/message-of';
import { Failure } from '../program/failure.js';

/** The body of an event-bus request. */
export interface EventList {
  readonly eventList?: readonly object[];
  readonly events?: readonly object[];
}

export type Document = Event | EventList;

export function isEventList(document: Document): document is EventList {
  return 'eventList' in document || 'events' in document;
}

const Mi = 1024 * 1024;
/** The longest text that is held in memory: a line, or input that is no JSON lines. */
const mostCharacters = 64 * Mi;

/**
 * Reads JSON lines one by one. Input whose first line is no JSON is read whole, as one object or a list.
 *
 * @param stopping ends the input
 * @throws Failure that names the line
 */
export async function* readDocuments(input: Readable, stopping: AbortSignal): AsyncGenerator<Document> {
  let line = 0;
  let isFirst = true;
  let whole: { readonly since: number; readonly lines: string[] } | undefined;
  let characters = 0;
  for await (const text of linesOf(input, stopping)) {
    line += 1;
    if (whole !== undefined) {
      whole.lines.push(text);
      characters += text.length;
      if (characters > mostCharacters) throw tooLong(whole.since);
    } else if (text.trim() !== '') {
      const value = parse(text);
      if (value === undefined && isFirst) whole = { since: line, lines: [text] };
      else yield* documentsIn(value, line);
      isFirst = false;
    }
  }
  if (whole !== undefined && !stopping.aborted) yield* documentsIn(parse(whole.lines.join('\n')), whole.since);
}

const tooLong = (line: number) =>
  new Failure(`line ${line} begins a text of more than ${mostCharacters / Mi} MiB: write an event on each line`);

/** The lines of UTF-8 text, without a byte order mark. What was read of the last line when it is stopped is left out. */
async function* linesOf(input: Readable, stopping: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let parts: string[] = [];
  let characters = 0;
  try {
    for await (const chunk of addAbortSignal(stopping, input) as AsyncIterable<Buffer>) {
      const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
      parts.push(first);
      characters += first.length;
      for (const next of others) {
        yield parts.join('');
        line += 1;
        parts = [next];
        characters = next.length;
      }
      if (characters > mostCharacters) throw tooLong(line);
    }
    const last = parts.join('') + decoder.decode();
    if (last !== '') yield last;
  } catch (error) {
    if (stopping.aborted) return;
    if (error instanceof Failure) throw error;
    const isText = !(error instanceof TypeError);
    throw new Failure(isText ? `the events cannot be read: ${messageOf(error)}` : `line ${line} is not UTF-8 text`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function* documentsIn(value: unknown, line: number): Generator<Document> {
  for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (typeof each !== 'object' || each === null || Array.isArray(each))
      throw new Failure(`line ${line} is no JSON object`);
    // The bus checks its members.
    yield each;
  }
}
