import type { ReceivedMessage } from '@callbus/broker/broker';
import type { NextStep } from '@callbus/broker/next-step';
import {
  deliveryHeaders,
  groupHeaders,
  halvesOf,
  type DeliveryHeaders,
} from '@callbus/contracts/deliveries/delivery-task';
import { unknownMembers, type Table } from '@callbus/contracts/messages/message-format';
import { ownHeaders, poisonTable, returnsOf } from '@callbus/contracts/messages/set-aside';
import { undeliveredHeaders } from '@callbus/contracts/deliveries/undelivered';
import type { Group } from './groups.js';
import type { Fate, Parked, Undelivered } from './fate.js';
import type { Origin, Task } from './task.js';

/** The fates that lead to a message. */
type ForwardedFate = Extract<Fate, { kind: 'retry' | 'park' | 'alone' | 'undelivered' }>;

/** @param nowMs epoch milliseconds */
export function stepOf(task: Task, fate: ForwardedFate, nowMs: number): NextStep {
  const { message, isOneTask, attempt, parked } = task.origin;
  switch (fate.kind) {
    case 'retry':
      return { queue: 'deliveries', after: fate.after, headers: taskHeaders(task, attempt + 1, 0) };
    case 'park': {
      const headers = withReturns(taskHeaders(task, attempt, parked + 1), task);
      return { queue: 'deliveries', after: fate.after, headers };
    }
    case 'alone':
      return { queue: 'deliveries', headers: withReturns(taskHeaders(task, attempt, parked), task) };
    case 'undelivered':
      if (fate.reason === 'poison' && isOneTask) return poisonStep('deliveries', message, fate);
      return endStep(taskHeaders(task, attempt, parked), fate, nowMs);
  }
}

/** The step of a task that came with an event or a group and becomes a message of its own. */
export function forwardStep(origin: Origin, subscriptionId: number): NextStep {
  return { queue: 'deliveries', headers: taskHeaders({ origin, subscriptionId }, origin.attempt, origin.parked) };
}

/** The step of a message that holds an event or a group of tasks. @param nowMs epoch milliseconds */
export function messageStepOf(
  queue: 'events' | 'deliveries',
  message: ReceivedMessage,
  fate: Parked | Undelivered,
  nowMs: number,
): NextStep {
  const own = ownHeaders(message.headers);
  if (fate.kind === 'park') {
    const parked = parkedOf(message) + 1;
    return { queue: 'deliveries', after: fate.after, headers: { ...own, ...returnedBefore(message), parked } };
  }
  return fate.reason === 'poison' ? poisonStep(queue, message, fate) : endStep(own, fate, nowMs);
}

/** How often the message was parked before. A new event has no such member. */
export function parkedOf({ headers }: Pick<ReceivedMessage, 'headers'>): number {
  return typeof headers['parked'] === 'number' ? headers['parked'] : 0;
}

/** The step of a group: first attempts of one event that are parked as one message. */
export function groupStep(origin: Origin, { after, subscriptions }: Group): NextStep {
  const { headers: event, attempt, message } = origin;
  const parked = origin.parked + 1;
  const [subscriptionId = 0, ...others] = subscriptions;
  // A task that is parked alone is an ordinary task.
  if (others.length === 0)
    return { queue: 'deliveries', after, headers: taskHeaders({ origin, subscriptionId }, attempt, parked) };
  const group = { ...unknownMembers(message.headers), ...groupHeaders({ event, subscriptions, parked }) };
  return { queue: 'deliveries', after, headers: group, halve: halvesOf };
}

/** The headers of a task, and members that only another version of Callbus knows. */
function taskHeaders(
  { origin, subscriptionId: subscription }: Pick<Task, 'origin' | 'subscriptionId'>,
  attempt: number,
  parked: number,
): DeliveryHeaders {
  const { headers: event, replayedAt, message } = origin;
  const headers = deliveryHeaders(event, { subscription, attempt, parked, replayedAt });
  const unknown = unknownMembers(message.headers);
  return unknown === undefined ? headers : { ...unknown, ...headers };
}

/** Keeps the count of returns, so that a task that crashes its workers becomes poison even if it is parked between two crashes. */
function withReturns(headers: DeliveryHeaders, { origin }: Task): object {
  return origin.isOneTask ? { ...headers, ...returnedBefore(origin.message) } : headers;
}

function returnedBefore({ headers }: ReceivedMessage): { readonly returned?: number } {
  const { now, before } = returnsOf(headers);
  return now + before > 0 ? { returned: now + before } : {};
}

function endStep(headers: Table | DeliveryHeaders, fate: Undelivered, failedAt: number): NextStep {
  const { reason, status, answer } = fate;
  const last = { ...(status !== undefined && { status }), ...(answer !== undefined && { answer }) };
  return { queue: 'undelivered', headers: undeliveredHeaders(headers, { reason, ...last, failedAt }) };
}

/** A message that cannot be read is kept unchanged. */
function poisonStep(queue: 'events' | 'deliveries', message: ReceivedMessage, { answer }: Undelivered): NextStep {
  const { headers, table = headers } = message;
  return { queue: 'undelivered', headers, table: poisonTable(queue, table, answer) };
}
