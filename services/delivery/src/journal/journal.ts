import type { EventHeaders } from '@callbus/contracts/event';
import type { RetryTier } from '@callbus/contracts/topology';
import type { CallbackOutcome } from '@callbus/statistics/statistics';
import type { CallbackAnswer, Fate } from '../tasks/fate.js';
import type { Task } from '../tasks/task.js';

/** Is told what happens to events and their deliveries. An observer runs with every event, so it has to be fast, and must not throw. */
export interface DeliveryObserver {
  /** An event matches these subscriptions, which may be none. */
  readonly matched?: (event: EventHeaders, subscriptions: readonly number[]) => void;
  readonly attempted?: (task: Task, result: CallbackAnswer, outcome: CallbackOutcome) => void;
  /** No request could be made of the task. */
  readonly unsent?: (task: Task, reason: string) => void;
  /** A task has its fate: the next step, if there is one, is durable. */
  readonly settled?: (task: Task, fate: Fate) => void;
  /** First attempts were parked as a group, durably. Without any subscriptions, the event itself was parked. */
  readonly parkedTogether?: (event: EventHeaders, subscriptions: readonly number[], after: RetryTier) => void;
}

export type Journal = Required<DeliveryObserver>;

/** Tells all observers, in their order. */
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
    settled(task, fate) {
      for (const observer of observers) observer.settled?.(task, fate);
    },
    parkedTogether(event, subscriptions, after) {
      for (const observer of observers) observer.parkedTogether?.(event, subscriptions, after);
    },
  };
}
