import { signatureOf } from '@callbus/callback/signing/sign';
import { dataOf, hopsHeader, hopsOf, type EventMessage, type TraceContext } from '@callbus/contracts/events/event';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import { binaryPayload, type Payload } from './binary-payload.js';

export interface CallbackRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const json = 'application/json';
const structured = 'application/cloudevents+json';
const nothing = Buffer.alloc(0);

/**
 * The request of a callback: the event in the subscription's format, with the headers of Standard Webhooks. The subscription's own headers
 * come first, so that they never replace ours.
 */
export function callbackRequest(
  event: EventMessage & { readonly attempt: number },
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

/** The subscription's headers without the headers of the trace context, in any letter case: a receiver accepts each of them only once. */
function without(trace: TraceContext, own: Subscription['headers']): Subscription['headers'] {
  if (Object.keys(own).length === 0) return own;
  const replaced = new Set(Object.entries(trace).flatMap(([name, value]) => (value === undefined ? [] : [name])));
  return Object.fromEntries(Object.entries(own).filter(([name]) => !replaced.has(name.toLowerCase())));
}

function payloadOf(event: EventMessage, format: Subscription['payloadFormat']): Payload {
  if (format === 'source' && event.headers.dialect === 'etc')
    return { contentType: json, body: dataOf(event) ?? nothing };
  const payload = format === 'cloudevents-binary' ? binaryPayload(event) : undefined;
  return payload ?? { contentType: structured, body: event.body };
}
