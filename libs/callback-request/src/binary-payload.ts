import { dataOf, type EventMessage } from '@callbus/contracts/events/event';
import { isMediaType, isUtf8Charset, readMediaType } from '@callbus/contracts/events/media-type';

export interface Payload {
  /** Undefined for a request without a content type. */
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = 'application/json';
const nothing = Buffer.alloc(0);

/**
 * CloudEvents' binary mode: the attributes as `ce-` headers, the data as the body.
 *
 * @returns undefined for an event that does not fit into headers, or whose headers some receivers would refuse
 */
export function binaryPayload(event: EventMessage): Payload | undefined {
  const { datacontenttype, data_base64: base64, ...attributes } = attributesOf(event);
  const { tracestate = '', baggage = '' } = event.headers;
  const headers = headersOf(attributes, tracestate.length + baggage.length);
  if (headers === undefined) return undefined;
  const data = dataOf(event);
  // An event with JSON data may lack `datacontenttype`, unlike an event with bytes.
  const contentType = typeof datacontenttype === 'string' ? datacontenttype : data && json;
  if (contentType !== undefined && !canBeBinary(contentType)) return undefined;
  const body = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : bodyOf(data, contentType);
  return body && { contentType, headers, body };
}

/** Data with a media type of CloudEvents cannot be sent in binary mode, because a receiver would read it as the event itself. */
function canBeBinary(contentType: string): boolean {
  // Ingest refuses all others, but events that an older version accepted may still be under way.
  return contentType === json || (isMediaType(contentType) && !/^application\/cloudevents/i.test(contentType));
}

/** @returns undefined for text that the charset cannot encode */
function bodyOf(data: Buffer = nothing, contentType = json): Buffer | undefined {
  if (data.length === 0 || contentType === json) return data;
  const { isJson, charset } = readMediaType(contentType);
  if (isJson && isUtf8Charset(charset)) return data;
  return bytesOf(isJson ? data.toString() : textOf(data), charset);
}

/** Text data is stored as a JSON string. */
function textOf(data: Buffer): string {
  const text = data.toString();
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? value : text;
}

const notInAscii = /[^\0-\x7f]/;
const notInLatin1 = /[^\0-\xff]/;

function bytesOf(text: string, charset: string): Buffer | undefined {
  if (charset === 'us-ascii' && notInAscii.test(text)) return undefined;
  if (isUtf8Charset(charset)) return Buffer.from(text);
  if (charset === 'utf-16le') return Buffer.from(text, 'utf16le');
  return /^(iso-8859-1|latin1)$/.test(charset) && !notInLatin1.test(text) ? Buffer.from(text, 'latin1') : undefined;
}

/**
 * The most bytes of all `ce-` headers. Jetty and Tomcat accept 8 KiB of headers in total, node 16 KiB; the rest is for our headers and the
 * subscription's.
 */
const binaryHeadersMaxBytes = 6 * 1024;
/** gunicorn accepts 100 headers in total. */
const binaryHeadersMost = 64;
/** The bytes of `: ` and of the line end. */
const aroundHeaderBytes = 4;

/** @returns undefined beyond the bounds, and for names that are not header names */
function headersOf(
  attributes: Readonly<Record<string, unknown>>,
  othersBytes: number,
): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  let count = 0;
  let bytes = othersBytes;
  for (const name in attributes) {
    if (!/^[a-z\d]+$/.test(name)) return undefined;
    const header = `ce-${name}`;
    const value = percentEncode(String(attributes[name]));
    count += 1;
    bytes += header.length + value.length + aroundHeaderBytes;
    if (count > binaryHeadersMost || bytes > binaryHeadersMaxBytes) return undefined;
    headers[header] = value;
  }
  return headers;
}

const dataMember = ',"data":'.length;

function attributesOf(event: EventMessage): Record<string, unknown> {
  const { dataAt } = event.headers;
  const text = dataAt === 0 ? event.body.toString() : `${event.body.toString('utf8', 0, dataAt - dataMember)}}`;
  return JSON.parse(text) as Record<string, unknown>;
}

/** Encodes a header value as the CloudEvents HTTP binding requires: printable ASCII stays, except space, `"` and `%`. */
function percentEncode(value: string): string {
  // Encodes bytes, because encodeURIComponent throws for a lone surrogate.
  return value.replace(/[^\x21\x23\x24\x26-\x7e]+/g, (run) => encodeURIComponent(Buffer.from(run).toString()));
}
