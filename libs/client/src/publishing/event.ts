import type { components } from '../api.js';
import { CallbusError } from '../callbus-error.js';

/** A CloudEvent. Its other members are extensions: strings, 32-bit integers and booleans with lower-case names. */
export interface CloudEvent {
  readonly source: string;
  readonly type: string;
  /** With `source` it identifies the event. Default: a new UUID. */
  readonly id?: string | undefined;
  /** RFC 3339. */
  readonly time?: string | undefined;
  readonly subject?: string | undefined;
  readonly datacontenttype?: string | undefined;
  readonly dataschema?: string | undefined;
  readonly eventbusid?: string | undefined;
  readonly accountid?: string | undefined;
  /** Any JSON value, or bytes. */
  readonly data?: unknown;
  readonly [extension: string]: unknown;
}

export type EtcNotification = components['schemas']['EtcNotification'];
export type Event = CloudEvent | EtcNotification;

/** An event as it is sent. */
export interface WrittenEvent {
  readonly isEtc: boolean;
  /** The id of a CloudEvent. The bus gives an ETC notification its id. */
  readonly id: string;
  readonly json: string;
  readonly bytes: number;
  /** Whether the event names an account, which may not be the caller's. */
  readonly namesAccount: boolean;
  readonly hops: number;
}

const encoder = new TextEncoder();

/** @throws CallbusError when the event is no object, or cannot be written as JSON */
export function write(event: Event, hops: number): WrittenEvent {
  try {
    if (Object(event) !== event) throw new TypeError('it is no object');
    const isEtc = 'event_source' in event;
    const id = isEtc ? '' : (event.id ?? crypto.randomUUID());
    const json = JSON.stringify(isEtc ? event : { specversion: '1.0', ...event, id, ...dataOf(event.data) });
    return { isEtc, id, json, bytes: encoder.encode(json).length, namesAccount: 'accountid' in event, hops };
  } catch (cause) {
    throw new CallbusError(`this is no event: ${String(cause)}`, { status: 0, code: 'NO_EVENT', cause });
  }
}

function dataOf(data: unknown): object {
  if (!(data instanceof Uint8Array)) return {};
  const characters = Array.from(data, (byte) => String.fromCharCode(byte));
  return { data: undefined, data_base64: btoa(characters.join('')) };
}
