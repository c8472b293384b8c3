import type { Event } from '@callbus/client';
import { Failure } from '../program/failure.js';

/** The options that describe one event. */
export interface EventOptions {
  readonly source?: string;
  readonly type?: string;
  readonly data?: string;
  readonly id?: string;
  readonly subject?: string;
  readonly bus?: string;
  readonly etc?: string;
  readonly changes?: string;
}

/** The options that describe a CloudEvent, and no ETC notification. */
export const cloudEventOptions = [
  'type',
  'source',
  'data',
  'id',
  'subject',
  'bus',
] as const satisfies readonly (keyof EventOptions)[];
export const defaultSource = 'cli';
export const defaultChanges = '1';

/** @returns undefined when the options describe no event @throws Failure when they describe half of one */
export function eventOf(options: EventOptions): Event | undefined {
  const { source, type, data, id, subject, bus, etc, changes } = options;
  if (etc !== undefined) {
    const [event_source, event_topic, event_type, event_status, ...others] = etc.split('.');
    if (!event_source || !event_topic || !event_type || !event_status || others.length > 0)
      throw new Failure(`--etc ${etc} has not the form source.topic.type.status`);
    return { event_source, event_topic, event_type, event_status, changes: (changes ?? defaultChanges).split(',') };
  }
  if (changes !== undefined) throw new Failure('--changes belongs to --etc');
  if (type === undefined) {
    const isNone = cloudEventOptions.every((name) => options[name] === undefined);
    if (isNone) return undefined;
    throw new Failure('a CloudEvent needs --type');
  }
  return {
    source: source ?? defaultSource,
    type,
    ...(id !== undefined && { id }),
    ...(subject !== undefined && { subject }),
    ...(bus !== undefined && { eventbusid: bus }),
    ...(data !== undefined && { data: jsonOrText(data) }),
  };
}

/** A value on the command line: JSON where it is JSON, else the text itself. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
