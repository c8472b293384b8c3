import type { Table } from './message-format.js';
import { workQueues, type WorkQueue } from './topology.js';
import { isUndeliveredReason, type UndeliveredReason } from '../deliveries/undelivered.js';

/** Notes on a message that no handler can handle. They travel in a header of their own, and the message stays unchanged. */
export interface Aside {
  /** The queue that the message was first taken from. An operator can send the message back there. */
  readonly queue: WorkQueue;
  /** How often the message was given back. */
  readonly returns: number;
  /** The reason why the message is undelivered; undefined while the message is still given back. */
  readonly reason?: UndeliveredReason;
  /** The reason in words. */
  readonly answer?: string;
}

const asideHeader = 'x-callbus-aside';
/** How often the message had returned to its queue before it was published anew. */
const returnedHeader = 'x-callbus-returned';
const ownHeaderNames: readonly string[] = [asideHeader, returnedHeader];

/** Headers that RabbitMQ adds. They must not stay on a message that is published anew: RabbitMQ would take it for one in a cycle and drop it. */
const ofTheBroker = /^x-(death|first-death|last-death|delivery|acquired)/;

/** The table of a message without the headers that the broker and this file have added. */
export function originalTable(table: Table): Table {
  return Object.fromEntries(
    Object.entries(table).filter(([name]) => !ownHeaderNames.includes(name) && !ofTheBroker.test(name)),
  );
}

/** The headers of a message without those that the broker added (such as `x-death`), and without the count of returns. */
export function ownHeaders(headers: Table): Table {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-') && name !== 'returned'));
}

/** The table of a message that is published anew, so that the broker counts its returns from 0. */
export function renewedTable(table: Table, returned: number): Table {
  const { [asideHeader]: aside } = table;
  return { ...originalTable(table), ...(aside !== undefined && { [asideHeader]: aside }), [returnedHeader]: returned };
}

/**
 * The returns of a message to its queue. `now` is the broker's count. `before` is the count before the message was
 * published anew, either unchanged or as the same attempt of a parked task, which has the member `returned`.
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

/** The table of a poison message, which stays as it was. */
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

/** Why a message is undelivered, by RabbitMQ's reason for the dead letter. */
const deaths: Readonly<Record<string, UndeliveredReason>> = {
  delivery_limit: 'poison',
  rejected: 'poison',
  maxlen: 'maxlen',
  expired: 'expired',
};

/** The queue and the reason of a message that the broker has dead-lettered to `undelivered`; undefined for any other message. */
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
