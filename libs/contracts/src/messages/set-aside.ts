import type { Table } from './message-format.js';
import { workQueues, type WorkQueue } from './topology.js';
import { isUndeliveredReason, type UndeliveredReason } from '../deliveries/undelivered.js';

/** The notes beside the headers of a message that travels unchanged, because no handler can handle it. */
export interface Aside {
  /** The queue from which the message was taken first, and to which an operator can send the message back. */
  readonly queue: WorkQueue;
  /** How often the message was given back. */
  readonly returns: number;
  /** Why the message ended; undefined while it is given back. */
  readonly reason?: UndeliveredReason;
  /** The reason in words. */
  readonly answer?: string;
}

const asideHeader = 'x-callbus-aside';
/** How often the message came back to its queue before it was published anew. */
const returnedHeader = 'x-callbus-returned';
const ours: readonly string[] = [asideHeader, returnedHeader];

/** Headers that RabbitMQ adds. They must not stay on a message that is published anew, because RabbitMQ uses them to drop messages in cycles. */
const ofTheBroker = /^x-(death|first-death|last-death|delivery|acquired)/;

/** @returns the table of a message without the headers that the broker and this file have added */
export function originalTable(table: Table): Table {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !ours.includes(name) && !ofTheBroker.test(name)));
}

/** The headers of a message without the broker's own (such as `x-death`) and without the count of returns, which would only pile up. */
export function ownHeaders(headers: Table): Table {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-') && name !== 'returned'));
}

/** @returns the table of a message whose returns the broker is to count from the beginning */
export function renewedTable(table: Table, returned: number): Table {
  const { [asideHeader]: aside } = table;
  return { ...originalTable(table), ...(aside !== undefined && { [asideHeader]: aside }), [returnedHeader]: returned };
}

/**
 * The returns of a message to its queue. `now` is the broker's count. `before` counts the returns before the message was published anew,
 * either unchanged or, by the member `returned`, as the same attempt of a parked task.
 */
export function returnsOf(headers: Table): { readonly now: number; readonly before: number } {
  return {
    now: countIn(headers['x-delivery-count']),
    before: countIn(headers[returnedHeader] ?? headers['returned']),
  };
}

function countIn(header: unknown): number {
  return typeof header === 'number' && Number.isSafeInteger(header) && header > 0 ? header : 0;
}

export function asideTable(table: Table, aside: Aside): Table {
  return { ...originalTable(table), [asideHeader]: JSON.stringify(aside) };
}

/** @returns the table of a message that nobody can read or send, which is kept as it came */
export function poisonTable(queue: WorkQueue, table: Table, answer: string | undefined): Table {
  const from = asideOf(table)?.queue ?? queue;
  return asideTable(table, { queue: from, returns: 0, reason: 'poison', ...(answer !== undefined && { answer }) });
}

export function asideOf({ [asideHeader]: text }: Table): Aside | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const { queue, returns, reason, answer } = { ...(JSON.parse(text) as object | null) } as Table;
    const from = workQueues.find((name) => name === queue);
    if (from === undefined || typeof returns !== 'number') return undefined;
    return {
      queue: from,
      returns,
      ...(isUndeliveredReason(reason) && { reason }),
      ...(typeof answer === 'string' && { answer }),
    };
  } catch {
    return undefined;
  }
}

/** RabbitMQ's reasons for a dead letter, and ours. */
const deaths: Readonly<Record<string, UndeliveredReason>> = {
  delivery_limit: 'poison',
  rejected: 'poison',
  maxlen: 'maxlen',
  expired: 'expired',
};

/** Where and why the broker itself put the message into `undelivered`; undefined for a message that a handler put there. */
export function deathOf({ 'x-death': list }: Table): { queue: WorkQueue; reason: UndeliveredReason } | undefined {
  if (!Array.isArray(list)) return undefined;
  // The latest death comes first. Deaths in retry queues are skipped, because every message leaves a retry queue by dying.
  for (const death of list as readonly unknown[]) {
    const { queue: name, reason } = { ...(death as object | null) } as Table;
    const queue = workQueues.find((each) => typeof name === 'string' && name.endsWith(each));
    if (queue !== undefined) return { queue, reason: deaths[String(reason)] ?? 'poison' };
  }
  return undefined;
}
