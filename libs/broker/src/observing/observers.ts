import { eventsIn } from '@callbus/contracts/events/event-batch';
import type { QueueName, WorkQueue } from '@callbus/contracts/messages/topology';
import type { MessageObserver, ReceivedMessage } from '../broker.js';
import type { NextStep } from '../next-step.js';

export type Observers = ReturnType<typeof createObservers>;

export function createObservers() {
  const observers: MessageObserver[] = [];

  return {
    add: (observer: MessageObserver) => void observers.push(observer),
    /** Tells of a published message once it is confirmed. */
    async published(publishing: Promise<void>, queue: WorkQueue, headers: object): Promise<void> {
      const startMs = performance.now();
      await publishing;
      const confirmMs = performance.now() - startMs;
      for (const observer of observers) observer.published?.(queue, eventsIn(headers), confirmMs);
    },
    /** Tells of a published next step once it is confirmed. */
    async forwarded(publishing: Promise<void>, step: NextStep): Promise<void> {
      await publishing;
      for (const observer of observers) observer.forwarded?.(step);
    },
    consuming(queue: WorkQueue): void {
      for (const observer of observers) observer.consuming?.(queue);
    },
    taken(queue: WorkQueue, message: ReceivedMessage): void {
      for (const observer of observers) observer.taken?.(queue, message);
    },
    refused: (queue: QueueName) => observers.forEach((observer) => observer.refused?.(queue)),
  };
}
