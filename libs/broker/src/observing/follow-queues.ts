import { enteredAt } from '@callbus/contracts/entered-at';
import type { QueueName } from '@callbus/contracts/topology';
import type { Broker } from '../broker.js';

/** Counts the flow of messages through the queues. */
export interface QueueFollower {
  /** A message was taken off a work queue, or put into a retry queue. The rate of the other side follows from the queue's depth. */
  passed(queue: QueueName): void;
  /** A message with this number of events came into `events`. */
  accepted(events: number): void;
  /** A message was taken that had entered its queue at the given time, in epoch milliseconds. */
  reached(queue: QueueName, enteredAt: number): void;
  /** The queue was full and refused a message. */
  refused(queue: QueueName): void;
}

/** Tells the follower of every message that this process publishes and takes. */
export function followQueues(broker: Pick<Broker, 'observe'>, follower: QueueFollower): void {
  broker.observe({
    published(queue, events) {
      if (queue === 'events') follower.accepted(events);
      else if (queue.startsWith('retry.')) follower.passed(queue);
    },
    taken(queue, message) {
      follower.passed(queue);
      const at = enteredAt(queue, message);
      if (at !== undefined) follower.reached(queue, at);
    },
    refused: (queue) => follower.refused(queue),
  });
}
