import type { Table } from './message-format.js';
import { workQueues, type WorkQueue } from './topology.js';
import { isUndeliveredReason, type UndeliveredReason } from './undelivered.js';

/** Told beside the headers of a message that travels exactly as it came, because no handler can take it. */
export interface Aside {
  /** From which it was taken first, and to which it can be sent back. */
  readonly queue: WorkQueue;
  /** How often it was given back. */
  readonly returns: number;
  /** Why it ended; none while it is given back. */
  readonly reason?: UndeliveredReason;
  /** More words on that. */
  readonly answer?: string;
}

const asideHeader = 'x-callbus-aside';
/** How often the message came back to its queue before it was published anew. */
const returnedHeader = 'x-callbus-returned';
const ours: readonly string[] = [asideHeader, returnedHeader];

/** What RabbitMQ adds: it tells of a way that has ended, and RabbitMQ drops what seems to go round by it. */
const ofTheBroker = /^x-(death|first-death|last-death|delivery|acquired)/;

/** @returns the table of a message without what was written on its way */
export function originalTable(table: Table): Table {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !ours.includes(name) && !ofTheBroker.test(name)));
}

/** The broker's own headers (`x-death` and the like) tell of a way that ends here, and would only pile up; so do returns. */
export function ownHeaders(headers: Table): Table {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-') && name !== 'returned'));
}

/** @returns the table of a message whose returns the broker is to count from the beginning */
export function renewedTable(table: Table, returned: number): Table {
  const { [asideHeader]: aside } = table;
  return { ...originalTable(table), ...(aside !== undefined && { [asideHeader]: aside }), [returnedHeader]: returned };
}

/**
 * All returns of a message to its queue that the broker has counted, also before it was published anew: as it was, or, which the
 * member `returned` tells, as the same attempt of a task that was put aside.
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

/** Reasons of RabbitMQ for a dead letter, and what they are to us. */
const deaths: Readonly<Record<string, UndeliveredReason>> = {
  delivery_limit: 'poison',
  rejected: 'poison',
  maxlen: 'maxlen',
  expired: 'expired',
};

/** Where and why the broker itself put the message into `undelivered`; undefined for what a handler put there. */
export function deathOf({ 'x-death': list }: Table): { queue: WorkQueue; reason: UndeliveredReason } | undefined {
  if (!Array.isArray(list)) return undefined;
  // The latest comes first. From a retry queue every message goes on by dying.
  for (const death of list as readonly unknown[]) {
    const { queue: name, reason } = { ...(death as object | null) } as Table;
    const queue = workQueues.find((each) => typeof name === 'string' && name.endsWith(each));
    if (queue !== undefined) return { queue, reason: deaths[String(reason)] ?? 'poison' };
  }
  return undefined;
}
