import { createHash } from 'node:crypto';
import type { ReceivedMessage } from '@callbus/broker/broker';
import { deliveryHeaders, readDeliveryHeaders, readGroupHeaders } from '@callbus/contracts/deliveries/delivery-task';
import { decodeBatch } from '@callbus/contracts/events/event-batch';
import { newestFormat, unknownMembers } from '@callbus/contracts/messages/message-format';
import { asideOf, deathOf } from '@callbus/contracts/messages/set-aside';
import type { WorkQueue } from '@callbus/contracts/messages/topology';
import { endedBy, isUndeliveredReason, type UndeliveredReason } from '@callbus/contracts/deliveries/undelivered';
import { isAccount } from '../http/read-path.js';

/** A message of the queue `undelivered` as a row of the table. */
export interface UndeliveredRow {
  /** Null when the message does not name a subscription. */
  readonly subscriptionId: number | null;
  readonly account: string | null;
  /** Together with the subscription it identifies a redelivered message. */
  readonly identity: string;
  readonly eventId: string | null;
  readonly eventName: string | null;
  /** JSON. */
  readonly headers: string;
  readonly body: Buffer;
  readonly reason: UndeliveredReason;
  /** The number of attempts that were made. */
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastAnswer: string | null;
  readonly receivedAt: Date | null;
  /** The queue to which the message can be sent back; null when a worker ended the delivery. */
  readonly queue: WorkQueue | null;
  /** JSON of the headers as the broker carried them; null when they equal `headers` or a worker ended the delivery. */
  readonly messageHeaders: string | null;
  /** False when the broker made the message undelivered, for example because a queue was full. */
  readonly isEndedByWorker: boolean;
}

/** The length of the longest identity that Callbus writes. The column is indexed. */
const identityMaxLength = 200;

type Message = Pick<ReceivedMessage, 'headers' | 'body' | 'format' | 'table'>;

/** Splits a group into its tasks and a batch into its events, each of which becomes a row. */
export function tasksOf(message: Message): readonly Message[] {
  const { headers, body } = message;
  if (isNewer(message)) return [message];
  const ended = { 'x-death': headers['x-death'], reason: headers['reason'] };
  const events = 'events' in headers ? decodeBatch(headers, body) : undefined;
  if (events !== undefined)
    return events.map((event) => ({ headers: { ...ended, ...event.headers }, body: event.body }));
  const group = 'subscriptions' in headers ? readGroupHeaders(headers) : undefined;
  if (group === undefined) return [message];
  const { event, subscriptions, parked } = group;
  const more = { ...ended, ...unknownMembers(headers) };
  return subscriptions.map((subscription) => ({
    headers: { ...more, ...deliveryHeaders(event, { subscription, attempt: 1, parked }) },
    body,
  }));
}

/** Converts every message to a row. An unreadable message is kept unchanged. */
export function readUndelivered(message: Message): UndeliveredRow {
  const { headers, body, table } = message;
  const task = isNewer(message) ? undefined : readDeliveryHeaders(headers);
  const identity = isNewer(message) ? null : textIn(headers['identity']);
  const reason = reasonOf(message);
  const queue = asideOf(headers)?.queue ?? deathOf(headers)?.queue ?? (isNewer(message) ? 'undelivered' : null);
  const status = headers['status'];
  return {
    subscriptionId: task?.subscription ?? null,
    account: accountIn(headers['account']),
    identity: identity !== null && identity.length <= identityMaxLength ? identity : digestOf(headers, body),
    eventId: textIn(headers['id']),
    eventName: textIn(headers['name']),
    headers: jsonOf(headers),
    body,
    reason,
    attempts: attemptsMade(task?.attempt ?? 1, reason, status),
    lastStatus: typeof status === 'number' && status >= 100 && status <= 999 ? Math.floor(status) : null,
    lastAnswer: textIn(asideOf(headers)?.answer ?? headers['answer']),
    receivedAt: dateIn(headers['receivedAt']),
    queue,
    isEndedByWorker: deathOf(headers) === undefined && endedBy[reason] === 'worker',
    messageHeaders: queue === null || table === undefined || table === headers ? null : jsonOf(table),
  };
}

function isNewer({ format = 1 }: Message): boolean {
  return format > newestFormat;
}

/** A worker writes the reason into the message. Otherwise the reason follows from the headers of a message that was set aside or dead-lettered. */
function reasonOf(message: Message): UndeliveredReason {
  const { headers } = message;
  const reason = asideOf(headers)?.reason;
  if (reason !== undefined) return reason;
  if (isNewer(message)) return 'newer_format';
  if (isUndeliveredReason(headers['reason'])) return headers['reason'];
  return deathOf(headers)?.reason ?? 'poison';
}

/** Whether the attempt that the header counts was made. Otherwise it was still due. */
const endsWithAttempt: Readonly<Record<UndeliveredReason, boolean>> = {
  exhausted: true,
  loop: true,
  held: false,
  expired: false,
  poison: false,
  newer_format: false,
  maxlen: false,
};

/** @param status of the answer to the attempt. A held event has one when its receiver answered 410, which disabled the subscription. */
function attemptsMade(attempt: number, reason: UndeliveredReason, status: unknown): number {
  return endsWithAttempt[reason] || status !== undefined ? attempt : Math.max(attempt - 1, 0);
}

/** @returns null for an account that no path of the API can name */
function accountIn(header: unknown): string | null {
  return typeof header === 'string' && isAccount(header) ? header : null;
}

/** PostgreSQL's text cannot hold U+0000. */
function textIn(header: unknown): string | null {
  return typeof header === 'string' ? header.replaceAll('\0', '\ufffd') : null;
}

function dateIn(header: unknown): Date | null {
  const date = new Date(typeof header === 'number' ? header : NaN);
  return date.getFullYear() > 0 && date.getFullYear() < 10_000 ? date : null;
}

/** Writes big integers as text, because JSON cannot express them. */
function jsonOf(headers: object): string {
  return JSON.stringify(headers, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** Leaves out the broker's `x-` headers, which change with each redelivery. */
function digestOf(headers: ReceivedMessage['headers'], body: Buffer): string {
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-')));
  return createHash('sha256').update(jsonOf(own)).update(body).digest('base64url');
}
