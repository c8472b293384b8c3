import { signatureOf } from '@callbus/callback/signing/sign';
import { dataOf, hopsHeader, hopsOf, type EventMessage, type TraceContext } from '@callbus/contracts/event';
import { isMediaType, isUtf8Charset, readMediaType } from '@callbus/contracts/media-type';
import type { Subscription } from '@callbus/contracts/subscription';
import type { Origin } from '../tasks/task.js';

export interface CallbackRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Payload {
  /** Undefined for a request without a content type. */
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = 'application/json';
const structured = 'application/cloudevents+json';
const nothing = Buffer.alloc(0);

/**
 * The request of a callback: the event in the subscription's format, with the headers of Standard Webhooks. The subscription's own headers
 * come first, so that they never replace ours.
 */
export function callbackRequest(
  event: Pick<Origin, 'headers' | 'body' | 'attempt'>,
  subscription: Subscription,
  { nowMs, secrets }: { nowMs: number; secrets: readonly Buffer[] },
): CallbackRequest {
  const { identity, traceparent, tracestate, baggage } = event.headers;
  const trace = { traceparent, tracestate, baggage };
  const payload = payloadOf(event, subscription.payloadFormat);
  // The identity covers account, bus and source too, because two sources may use the same event id.
  const id = `evt_${identity}_${subscription.id}`;
  const timestamp = String(Math.floor(nowMs / 1_000));
  const headers: Record<string, string> = { ...without(trace, subscription.headers), ...payload.headers };
  if (payload.contentType !== undefined) headers['content-type'] = payload.contentType;
  headers['webhook-id'] = id;
  headers['webhook-timestamp'] = timestamp;
  if (secrets.length > 0) headers['webhook-signature'] = signatureOf({ id, timestamp, body: payload.body, secrets });
  headers['x-callbus-attempt'] = String(event.attempt);
  headers[hopsHeader] = String(hopsOf(event.headers) + 1);
  if (subscription.webHook) headers['webhook-request-origin'] = subscription.webHook.origin;
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  if (tracestate !== undefined) headers['tracestate'] = tracestate;
  if (baggage !== undefined) headers['baggage'] = baggage;
  return { headers, body: payload.body };
}

/** The subscription's headers without those that the trace context replaces, in any case: a receiver accepts each of these only once. */
function without(trace: TraceContext, own: Subscription['headers']): Subscription['headers'] {
  if (Object.keys(own).length === 0) return own;
  const replaced = new Set(Object.entries(trace).flatMap(([name, value]) => (value === undefined ? [] : [name])));
  return Object.fromEntries(Object.entries(own).filter(([name]) => !replaced.has(name.toLowerCase())));
}

function payloadOf(event: EventMessage, format: Subscription['payloadFormat']): Payload {
  if (format === 'source' && event.headers.dialect === 'etc')
    return { contentType: json, body: dataOf(event) ?? nothing };
  const payload = format === 'cloudevents-binary' ? binary(event) : undefined;
  return payload ?? { contentType: structured, body: event.body };
}

/**
 * CloudEvents' binary mode: the attributes as `ce-` headers, the data as the body.
 *
 * @returns undefined for an event that does not fit into headers, or whose headers some receivers would refuse
 */
function binary(event: EventMessage): Payload | undefined {
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
