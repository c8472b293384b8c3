import { tierFor, type QueueName } from '@callbus/contracts/topology';
import type { Broker } from './broker.js';
import { observeBroker } from './observe.js';
import { enteredAt } from './queue-age.js';

/** Where what passes through the queues is kept for whoever asks. */
export interface QueueFollower {
  /** A message was taken off a work queue, or put into a retry queue: the other side follows from the queue's depth. */
  passed(queue: QueueName): void;
  /** The message that was taken from the queue had come into it then; epoch milliseconds. */
  reached(queue: QueueName, enteredAt: number): void;
  /** The queue was full and refused a message. */
  refused(queue: QueueName): void;
}

/** The same broker; the follower is told of every message that is taken or put aside by way of it. */
export function followQueues(broker: Broker, follower: QueueFollower): Broker {
  broker.watchRefusals((queue) => follower.refused(queue));
  return observeBroker(broker, {
    consuming: () => undefined,
    confirmed: () => undefined,
    taken(queue, message) {
      follower.passed(queue);
      const at = enteredAt(queue, message);
      if (at !== undefined) follower.reached(queue, at);
    },
    settled(_queue, outcome) {
      if (outcome.kind === 'retry' || outcome.kind === 'park')
        follower.passed(`retry.${tierFor(outcome.delayMs).name}`);
    },
  });
}
