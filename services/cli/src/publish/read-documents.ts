import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Event } from '@callbus/client';
import { Failure } from '../program/failure.js';

/** The body of an event-bus request. */
export interface EventList {
  readonly eventList?: readonly object[];
  readonly events?: readonly object[];
}

export interface Document<Value = Event | EventList> {
  /** From 1. */
  readonly line: number;
  readonly value: Value;
}

export function isEventList(document: Document): document is Document<EventList> {
  return 'eventList' in document.value || 'events' in document.value;
}

/**
 * Reads JSON lines one by one. Input whose first line is no JSON is read whole, as one object or a list.
 *
 * @throws Failure that names the line
 */
export async function* readDocuments(input: Readable): AsyncGenerator<Document> {
  const failed = new Promise<never>((_, reject) =>
    input.once('error', (error) => reject(new Failure(`the events cannot be read: ${error.message}`))),
  );
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const next = () => Promise.race([lines.next(), failed]);
  let line = 0;
  let isFirst = true;
  for (let read = await next(); read.done !== true; read = await next()) {
    line += 1;
    const text = read.value;
    if (text.trim() === '') continue;
    const value = parse(text);
    if (value === undefined && isFirst) {
      const rest = [text];
      for (read = await next(); read.done !== true; read = await next()) rest.push(read.value);
      yield* listed(parse(rest.join('\n')), line);
      return;
    }
    isFirst = false;
    yield* listed(value, line);
  }
  await Promise.race([failed, Promise.resolve()]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function* listed(value: unknown, line: number): Generator<Document> {
  for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (typeof each !== 'object' || each === null || Array.isArray(each))
      throw new Failure(`line ${line} is no JSON object`);
    yield { line, value: each };
  }
}
