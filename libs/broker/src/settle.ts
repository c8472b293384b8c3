import {
  deliveryHeaders,
  groupHeaders,
  type DeliveryHeaders,
  type GroupHeaders,
  type TaskGroup,
} from '@callbus/contracts/delivery-task';
import { unknownMembers, type Table } from '@callbus/contracts/message-format';
import { asideOf, asideTable, returnsOf } from '@callbus/contracts/set-aside';
import type { RetryTier, WorkQueue } from '@callbus/contracts/topology';
import { tierFor } from '@callbus/contracts/topology';
import type { Outcome, ReceivedMessage } from './broker.js';

export type MessageHeaders = Table;

type Failure = Extract<Outcome, { kind: 'undelivered' }>;

/** What has to be durable before a message may be acked: its bytes in `queue`, by way of the retry tier `after` if there is one. */
export type NextStep =
  | {
      readonly queue: 'deliveries';
      readonly after?: RetryTier;
      readonly headers: MessageHeaders | DeliveryHeaders | GroupHeaders;
      /** What is written instead of the headers. */
      readonly table?: Table;
    }
  | {
      readonly queue: 'undelivered' | 'events';
      readonly after?: never;
      readonly headers: MessageHeaders;
      readonly table?: Table;
    };

/**
 * What an outcome means for the message that came from `queue`.
 *
 * @param now epoch milliseconds
 * @throws when the queue's messages cannot have this outcome: only events and groups are dispatched, only deliveries are attempted
 * again, only they and events are parked, and `undelivered` is the end
 */
export function nextSteps(
  queue: WorkQueue,
  received: Pick<ReceivedMessage, 'headers' | 'table'>,
  outcome: Outcome,
  now: number,
): readonly NextStep[] {
  switch (outcome.kind) {
    case 'done':
    case 'returned':
      return [];
    case 'dispatched':
      if (queue === 'undelivered' || (queue === 'deliveries' && 'subscription' in received.headers))
        throw new Error(`a message of ${queue} cannot be dispatched`);
      return dispatchedSteps(received, outcome);
    case 'undelivered':
      if (queue === 'undelivered') throw new Error('a message of undelivered cannot become undelivered again');
      if (outcome.reason === 'poison' && received.table !== undefined)
        return [poisonStep(queue, { ...received, table: received.table }, outcome)];
      return [
        { queue: 'undelivered', headers: { ...ownHeaders(received.headers), ...failureOf(outcome), failedAt: now } },
      ];
    case 'alone':
      if (queue !== 'deliveries') throw new Error(`a message of ${queue} cannot go on alone`);
      return [{ queue, headers: sameAttempt(received.headers) }];
    case 'retry':
    case 'park': {
      const isEvent = queue === 'events' && outcome.kind === 'park';
      if (queue !== 'deliveries' && !isEvent) throw new Error(`a message of ${queue} cannot ${outcome.kind}`);
      const headers =
        outcome.kind === 'retry'
          ? { ...countedUp(ownHeaders(received.headers), 'attempt'), parked: 0 }
          : countedUp(sameAttempt(received.headers), 'parked');
      return [{ queue: 'deliveries', after: tierFor(outcome.delayMs), headers }];
    }
  }
}

function dispatchedSteps(
  received: Pick<ReceivedMessage, 'headers'>,
  { tasks, parked = [] }: Extract<Outcome, { kind: 'dispatched' }>,
): readonly NextStep[] {
  const forwarded = tasks.filter((task) => task.outcome === undefined);
  if (forwarded.length + parked.length === 0) return [];
  const like = carryOn(received);
  return [
    ...forwarded.map(({ headers }) => ({ queue: 'deliveries', headers: like(headers) }) as const),
    ...parked.map(({ delayMs, ...group }) => {
      const headers = like(parkedHeaders(group));
      return { queue: 'deliveries', after: tierFor(delayMs), headers } as const;
    }),
  ];
}

/** Adds what another version of the same form told about a message to the headers of those that are made of it. */
export function carryOn({ headers }: Pick<ReceivedMessage, 'headers'>) {
  const unknown = unknownMembers(headers);
  return <T extends object>(made: T): T => (unknown === undefined ? made : { ...unknown, ...made });
}

/** What nobody can read is kept as it came. */
function poisonStep(
  queue: 'events' | 'deliveries',
  { headers, table }: { readonly headers: MessageHeaders; readonly table: Table },
  { answer }: Failure,
): NextStep {
  const from = asideOf(headers)?.queue ?? queue;
  const aside = { queue: from, returns: 0, reason: 'poison', ...(answer !== undefined && { answer }) } as const;
  return { queue: 'undelivered', headers, table: asideTable(table, aside) };
}

/** Who waits alone is a task like any other. */
function parkedHeaders({ event, subscriptions, ...counted }: TaskGroup): DeliveryHeaders | GroupHeaders {
  const parked = counted.parked + 1;
  const [subscription = 0, ...others] = subscriptions;
  return others.length === 0
    ? deliveryHeaders(event, { subscription, attempt: 1, parked })
    : groupHeaders({ event, subscriptions, parked });
}

/** @returns two steps for the tasks of a group of several, none for what cannot be divided */
export function halvesOf(step: NextStep): readonly NextStep[] {
  const { subscriptions } = step.headers as MessageHeaders;
  const ids = typeof subscriptions === 'string' ? subscriptions.split(' ') : [];
  if (ids.length < 2) return [];
  const middle = Math.ceil(ids.length / 2);
  const halves = [ids.slice(0, middle), ids.slice(middle)];
  return halves.map((half) => ({ ...step, headers: { ...step.headers, subscriptions: half.join(' ') } }));
}

function failureOf({ reason, status, answer }: Failure): MessageHeaders {
  return { reason, ...(status !== undefined && { status }), ...(answer !== undefined && { answer }) };
}

/** The broker's own headers (`x-death` and the like) tell of a way that ends here, and would only pile up; so do returns. */
export function ownHeaders(headers: MessageHeaders): MessageHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-') && name !== 'returned'));
}

/** A task that ends its workers may be put aside in between, and is to end all the same. */
function sameAttempt(headers: MessageHeaders): MessageHeaders {
  const { now, before } = returnsOf(headers);
  const returned = now + before;
  return { ...ownHeaders(headers), ...(returned > 0 && { returned }) };
}

function countedUp(headers: MessageHeaders, counter: 'attempt' | 'parked'): MessageHeaders {
  // An event is made without it.
  const count = counter === 'parked' ? (headers[counter] ?? 0) : headers[counter];
  if (typeof count !== 'number') throw new Error(`the message has no ${counter} to count on`);
  return { ...headers, [counter]: count + 1 };
}
