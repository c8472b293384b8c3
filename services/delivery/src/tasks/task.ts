import type { Hold, ReceivedMessage } from '@callbus/broker/broker';
import type { EventHeaders, EventMessage } from '@callbus/contracts/event';
import type { Subscription } from '@callbus/contracts/subscription';
import type { Missing } from '../subscriptions/directory.js';
import { fateMissing, fateUncalled, type Fate } from './fate.js';

/** One event for one subscription, made once for each time that it is in hand. */
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
  /** What becomes of it without a call. */
  readonly uncalled: Fate;
}

/** What the tasks of one message have in common. */
export interface Origin extends EventMessage {
  /** Of the event. */
  readonly headers: EventHeaders;
  readonly message: ReceivedMessage;
  /** Whether the message is one task's own, rather than an event's or a group's. */
  readonly isOneTask: boolean;
  /** The attempt that is to be made next, from 1. */
  readonly attempt: number;
  /** How often the tasks were put aside since their last attempt. */
  readonly parked: number;
  /** Epoch milliseconds at which the task was taken out of `undelivered` to be tried again. */
  readonly replayedAt: number | undefined;
  /** Too old to be delivered. */
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
