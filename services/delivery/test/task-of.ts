import type { Hold, ReceivedMessage } from '@callbus/broker/broker';
import { deliveryHeaders as withStage, type DeliveryHeaders } from '@callbus/contracts/deliveries/delivery-task';
import type { EventHeaders } from '@callbus/contracts/events/event';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { Missing } from '../src/subscriptions/directory.js';
import { createTask, type Origin, type Task } from '../src/tasks/task.js';
import { subscriptionOf } from '@callbus/testing/subscription-of';

export const hold: Hold = { isOurs: () => true, untilMs: Infinity, isShared: false };
const body = Buffer.from('{"specversion":"1.0","id":"e"}');

export function eventHeaders(some: Partial<EventHeaders> = {}): EventHeaders {
  return {
    id: 'e',
    identity: 'identity',
    account: 'a',
    bus: '',
    name: 'n',
    type: 't',
    dialect: 'etc',
    receivedAt: 1,
    dataAt: 0,
    ...some,
  };
}

export function deliveryHeaders(some: Partial<DeliveryHeaders> = {}): DeliveryHeaders {
  const { subscription = 7, attempt = 1, parked = 0, replayedAt, ...event } = some;
  return withStage(eventHeaders(event), { subscription, attempt, parked, replayedAt });
}

export function messageOf(headers: object, more: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return { headers: { ...headers }, body, isRedelivered: false, ...more };
}

export function originOf(message: ReceivedMessage, more: Partial<Origin> = {}): Origin {
  return {
    headers: eventHeaders(),
    body,
    message,
    isOneTask: false,
    attempt: 1,
    parked: 0,
    replayedAt: undefined,
    isExpired: false,
    hold,
    ...more,
  };
}

/** A task that came as a message of its own. */
export function taskOf(
  headers: DeliveryHeaders = deliveryHeaders(),
  more: Partial<Origin> = {},
  subscription: Subscription | Missing = subscriptionOf({ id: headers.subscription }),
): Task {
  const { attempt, parked, replayedAt } = headers;
  const message = messageOf(headers);
  const origin = originOf(message, { headers, isOneTask: true, attempt, parked, replayedAt, ...more });
  return createTask(origin, headers.subscription, subscription);
}
