import { enteredAt } from '@callbus/contracts/messages/entered-at';
import { eventsIn } from '@callbus/contracts/events/event-batch';
import type { QueueName } from '@callbus/contracts/messages/topology';
import type { Broker } from '../broker.js';

/** Records the flow of messages through the queues. */
export interface QueueFollower {
  /** A message left a work queue, or entered a retry queue. The rate at the other end of the queue follows from the change of its depth. */
  passed(queue: QueueName): void;
  /** A message with this number of events entered `events`. */
  accepted(events: number): void;
  /** A message was taken which had entered its queue at the given time, in epoch milliseconds. */
  reached(queue: QueueName, enteredAt: number): void;
  /** A full queue refused a message. */
  refused(queue: QueueName): void;
}

/** Reports every message that this process publishes or takes to the follower. */
export function followQueues(broker: Pick<Broker, 'observe'>, follower: QueueFollower): void {
  broker.observe({
    published(queue, events) {
      if (queue === 'events') follower.accepted(events);
    },
    forwarded({ queue, after, headers }) {
      if (after) follower.passed(`retry.${after.name}`);
      else if (queue === 'events') follower.accepted(eventsIn(headers));
    },
    taken(queue, message) {
      follower.passed(queue);
      const at = enteredAt(queue, message);
      if (at !== undefined) follower.reached(queue, at);
    },
    refused: (queue) => follower.refused(queue),
  });
}
