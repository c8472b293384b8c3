import { signatureOf } from '@callbus/callback/sign';
import type { DeliveryTask } from '@callbus/contracts/delivery-task';
import { dataOf } from '@callbus/contracts/event';
import type { Subscription } from '@callbus/contracts/subscription';

export interface CallbackRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Payload {
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = 'application/json';
const structured = 'application/cloudevents+json';
const nothing = Buffer.alloc(0);

/**
 * What a callback receives: the event in the format that the subscription asks for, under the headers of Standard Webhooks.
 * The subscription's own headers come first, so that they never replace ours.
 */
export function callbackRequest(
  task: DeliveryTask,
  subscription: Subscription,
  { nowMs, secrets }: { nowMs: number; secrets: readonly Buffer[] },
): CallbackRequest {
  const { identity, attempt, traceparent } = task.headers;
  const payload = payloadOf(task, subscription.payloadFormat);
  // The identity covers account, bus and source too: two sources may well use the same event id.
  const id = `evt_${identity}_${subscription.id}`;
  const timestamp = String(Math.floor(nowMs / 1_000));
  const headers: Record<string, string> = { ...subscription.headers, ...payload.headers };
  headers['content-type'] = payload.contentType;
  headers['webhook-id'] = id;
  headers['webhook-timestamp'] = timestamp;
  if (secrets.length > 0) headers['webhook-signature'] = signatureOf({ id, timestamp, body: payload.body, secrets });
  headers['x-callbus-attempt'] = String(attempt);
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  return { headers, body: payload.body };
}

function payloadOf(task: DeliveryTask, format: Subscription['payloadFormat']): Payload {
  if (format === 'cloudevents-binary') return binary(task);
  if (format === 'source' && task.headers.dialect === 'etc')
    return { contentType: json, body: dataOf(task) ?? nothing };
  return { contentType: structured, body: task.body };
}

/** CloudEvents' binary mode: the attributes as `ce-` headers, the data as the body. The data itself is not parsed. */
function binary(task: DeliveryTask): Payload {
  const { datacontenttype, data_base64: base64, ...attributes } = attributesOf(task);
  const headers = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce-${name}`, percentEncode(String(value))]),
  );
  const contentType = typeof datacontenttype === 'string' ? datacontenttype : json;
  if (typeof base64 === 'string') return { contentType, headers, body: Buffer.from(base64, 'base64') };
  const data = dataOf(task) ?? nothing;
  return { contentType, headers, body: contentType.startsWith('text/') ? textOf(data) : data };
}

const dataMember = ',"data":'.length;

function attributesOf(task: DeliveryTask): Record<string, unknown> {
  const { dataAt } = task.headers;
  const text = dataAt === 0 ? task.body.toString() : `${task.body.toString('utf8', 0, dataAt - dataMember)}}`;
  return JSON.parse(text) as Record<string, unknown>;
}

/** Text data rests as a JSON string. */
function textOf(data: Buffer): Buffer {
  const value: unknown = data.length > 0 ? JSON.parse(data.toString()) : '';
  return typeof value === 'string' ? Buffer.from(value) : data;
}

/** As the CloudEvents HTTP binding wants header values: printable ASCII but space, `"` and `%` stays. */
function percentEncode(value: string): string {
  // By way of bytes, because encodeURIComponent throws at half a surrogate pair.
  return value.replace(/[^\x21\x23\x24\x26-\x7e]+/g, (run) => encodeURIComponent(Buffer.from(run).toString()));
}
