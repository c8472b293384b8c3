import { createHash } from 'node:crypto';
import type { ReceivedMessage } from '@callbus/broker/broker';
import {
  deliveryHeaders,
  readDeliveryHeaders,
  readGroupHeaders,
  type UndeliveredReason,
} from '@callbus/contracts/delivery-task';

/** A message of `undelivered`, as the table keeps it. */
export interface UndeliveredRow {
  /** Null when the message does not say whose it is. */
  readonly subscriptionId: number | null;
  readonly account: string | null;
  /** With the subscription, what makes a message that comes twice one row. */
  readonly identity: string;
  readonly eventId: string | null;
  readonly eventName: string | null;
  /** JSON */
  readonly headers: string;
  readonly body: Buffer;
  readonly reason: UndeliveredReason;
  /** Attempts made. */
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastAnswer: string | null;
  readonly receivedAt: Date | null;
}

/** The database indexes it; longer ones are not ours. */
const identityMaxLength = 200;

type Message = Pick<ReceivedMessage, 'headers' | 'body'>;

/** A group that the broker gave up is as many tasks. */
export function tasksOf({ headers, body }: Message): readonly Message[] {
  const group = 'subscriptions' in headers ? readGroupHeaders(headers) : undefined;
  if (group === undefined) return [{ headers, body }];
  const { event, subscriptions, parked } = group;
  return subscriptions.map((subscription) => ({
    headers: { ...deliveryHeaders(event, { subscription, attempt: 1, parked }) },
    body,
  }));
}

/** Every message becomes a row: what cannot be read is kept as it came. */
export function readUndelivered({ headers, body }: Message): UndeliveredRow {
  const task = readDeliveryHeaders(headers);
  const identity = textIn(headers['identity']);
  const reason = readReason(headers['reason']);
  const status = headers['status'];
  return {
    subscriptionId: task?.subscription ?? null,
    account: textIn(headers['account']),
    identity: identity !== null && identity.length <= identityMaxLength ? identity : digestOf(headers, body),
    eventId: textIn(headers['id']),
    eventName: textIn(headers['name']),
    headers: jsonOf(headers),
    body,
    reason,
    attempts: attemptsMade(task?.attempt ?? 1, reason),
    lastStatus: typeof status === 'number' && status >= 100 && status <= 999 ? Math.floor(status) : null,
    lastAnswer: textIn(headers['answer']),
    receivedAt: dateIn(headers['receivedAt']),
  };
}

/** A message that the broker put here by itself, after too many returns to its queue, gives no reason. */
function readReason(reason: unknown): UndeliveredReason {
  return reason === 'exhausted' || reason === 'held' || reason === 'expired' ? reason : 'poison';
}

/** The header counts the attempt that was to be made; only of an exhausted task it was made. */
function attemptsMade(attempt: number, reason: UndeliveredReason): number {
  return reason === 'exhausted' ? attempt : Math.max(attempt - 1, 0);
}

/** PostgreSQL's text cannot hold U+0000. */
function textIn(header: unknown): string | null {
  return typeof header === 'string' ? header.replaceAll('\0', '\ufffd') : null;
}

function dateIn(header: unknown): Date | null {
  const date = new Date(typeof header === 'number' ? header : NaN);
  return date.getFullYear() > 0 && date.getFullYear() < 10_000 ? date : null;
}

/** As far as JSON can tell. */
function jsonOf(headers: object): string {
  return JSON.stringify(headers, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** The broker's own `x-` headers change with each return of the same message. */
function digestOf(headers: ReceivedMessage['headers'], body: Buffer): string {
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-')));
  return createHash('sha256').update(jsonOf(own)).update(body).digest('base64url');
}
