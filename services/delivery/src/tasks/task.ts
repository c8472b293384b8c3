import type { Hold, ReceivedMessage } from '@callbus/broker/broker';
import type { EventHeaders, EventMessage } from '@callbus/contracts/events/event';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { Missing } from '../subscriptions/directory.js';
import { fateMissing, fateUncalled, type Fate } from './fate.js';

/** One event for one subscription. A worker creates the task each time that it takes the message of the task. */
export type Task = TaskToCall | TaskUncalled;

export interface TaskToCall {
  readonly origin: Origin;
  readonly subscriptionId: number;
  readonly subscription: Subscription;
  readonly uncalled: undefined;
}

interface TaskUncalled {
  readonly origin: Origin;
  readonly subscriptionId: number;
  readonly subscription: undefined;
  /** The fate of the task, which needs no callback. */
  readonly uncalled: Fate;
}

/** The properties that all tasks of one message share. */
export interface Origin extends EventMessage {
  /** The headers of the event. */
  readonly headers: EventHeaders;
  readonly message: ReceivedMessage;
  /** Whether the message holds one task, rather than an event or a group. */
  readonly isOneTask: boolean;
  /** The number of the next attempt, from 1. */
  readonly attempt: number;
  /** How often the tasks were parked since their last attempt. */
  readonly parked: number;
  /** When the task was replayed, in epoch milliseconds. */
  readonly replayedAt: number | undefined;
  /** Whether the event, or its replay, is too old to be delivered. */
  readonly isExpired: boolean;
  readonly hold: Hold;
}

export function createTask(origin: Origin, subscriptionId: number, subscription: Subscription | Missing): Task {
  if (typeof subscription === 'string')
    return { origin, subscriptionId, subscription: undefined, uncalled: fateMissing(subscription) };
  const uncalled = fateUncalled(subscription, origin.isExpired);
  if (uncalled === undefined) return { origin, subscriptionId, subscription, uncalled };
  return { origin, subscriptionId, subscription: undefined, uncalled };
}
