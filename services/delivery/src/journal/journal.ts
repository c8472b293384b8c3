import type { EventHeaders } from '@callbus/contracts/events/event';
import type { RetryTier } from '@callbus/contracts/messages/topology';
import type { CallbackOutcome } from '@callbus/statistics/statistics';
import type { SentResult, Fate } from '../tasks/fate.js';
import type { Task } from '../tasks/task.js';

/** Observes events and their deliveries. An observer runs for every event, so it has to be fast, and must not throw. */
export interface DeliveryObserver {
  /** An event matches these subscriptions. The list may be empty. Told at the match, before any next step is durable (decision 0054). */
  readonly matched?: (event: EventHeaders, subscriptions: readonly number[]) => void;
  readonly attempted?: (task: Task, result: SentResult, outcome: CallbackOutcome) => void;
  /** No request could be built for the task. */
  readonly unsent?: (task: Task, reason: string) => void;
  /** A secret of the task's subscription cannot be opened, so the task waits without an attempt. */
  readonly sealed?: (task: Task) => void;
  /** The fate of a task is decided, and its next step, if there is one, is durable. */
  readonly settled?: (task: Task, fate: Fate) => void;
  /** Tasks of one event were parked as a group, and the group is durable. An empty list means that the event itself was parked. */
  readonly parkedTogether?: (event: EventHeaders, subscriptions: readonly number[], after: RetryTier) => void;
}

export type Journal = Required<DeliveryObserver>;

/** The journal calls its observers one after the other, in the order of the list. */
export function createJournal(observers: readonly DeliveryObserver[]): Journal {
  return {
    matched(event, subscriptions) {
      for (const observer of observers) observer.matched?.(event, subscriptions);
    },
    attempted(task, result, outcome) {
      for (const observer of observers) observer.attempted?.(task, result, outcome);
    },
    unsent(task, reason) {
      for (const observer of observers) observer.unsent?.(task, reason);
    },
    sealed(task) {
      for (const observer of observers) observer.sealed?.(task);
    },
    settled(task, fate) {
      for (const observer of observers) observer.settled?.(task, fate);
    },
    parkedTogether(event, subscriptions, after) {
      for (const observer of observers) observer.parkedTogether?.(event, subscriptions, after);
    },
  };
}
