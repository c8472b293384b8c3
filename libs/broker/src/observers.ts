import { eventsIn } from '@callbus/contracts/event-batch';
import type { QueueName, WorkQueue } from '@callbus/contracts/topology';
import type { MessageObserver, ReceivedMessage } from './broker.js';

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
    taken(queue: WorkQueue, message: ReceivedMessage): void {
      for (const observer of observers) observer.taken?.(queue, message);
    },
    refused: (queue: QueueName) => observers.forEach((observer) => observer.refused?.(queue)),
  };
}
