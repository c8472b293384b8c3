import { eventsIn } from '@callbus/contracts/event-batch';
import type { QueueName, WorkQueue } from '@callbus/contracts/topology';
import type { MessageObserver, ReceivedMessage } from '../broker.js';
import type { NextStep } from '../next-step.js';

export type Observers = ReturnType<typeof createObservers>;

/** Tells all observers. */
export function createObservers() {
  const observers: MessageObserver[] = [];

  return {
    add: (observer: MessageObserver) => void observers.push(observer),
    async published(publishing: Promise<void>, queue: QueueName, headers: object): Promise<void> {
      await publishing;
      for (const observer of observers) observer.published?.(queue, eventsIn(headers));
    },
    async confirmed(publishing: Promise<void>): Promise<void> {
      const start = performance.now();
      await publishing;
      for (const observer of observers) observer.confirmed?.(performance.now() - start);
    },
    consuming(queue: WorkQueue): void {
      for (const observer of observers) observer.consuming?.(queue);
    },
    taken(queue: WorkQueue, message: ReceivedMessage): void {
      for (const observer of observers) observer.taken?.(queue, message);
    },
    forwarded(step: NextStep): void {
      for (const observer of observers) observer.forwarded?.(step);
    },
    refused: (queue: QueueName) => observers.forEach((observer) => observer.refused?.(queue)),
  };
}
