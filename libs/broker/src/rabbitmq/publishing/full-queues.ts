import type { QueueName } from '@callbus/contracts/topology';
import type { Logger } from 'pino';

/**
 * How long an unknown queue must refuse messages before it counts as full: earlier refusals may come from channels that
 * met the election of its leader and are about to be given up.
 */
const fullAfterMs = 3_000;
/** A run of refusals ends after this time without one, however many messages the queue takes in between. */
const runGapMs = 5_000;
/** Longer, because a full queue takes a message whenever one leaves it, and the log should not report each wave. */
const wellAfterMs = 60_000;

interface Run {
  readonly since: number;
  readonly last: number;
}

export interface FullQueuesOptions {
  /** Whether both publishing channels have published to the queue before: then a refusal can only mean that it is full. */
  readonly isKnown: (queue: QueueName) => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Is told of each message that a queue has refused. */
  readonly onRefused: (queue: QueueName) => void;
  readonly logger: Logger;
}

/** Finds queues that are full because an operator's policy bounds them, by their refusals. */
export function createFullQueues({ isKnown, now, onRefused, logger }: FullQueuesOptions) {
  const runs = new Map<QueueName, Run>();
  const told = new Set<QueueName>();

  function isFull(queue: QueueName): boolean {
    const run = runs.get(queue);
    if (run === undefined || now() - run.last >= runGapMs) return false;
    return isKnown(queue) || run.last - run.since >= fullAfterMs;
  }

  return {
    isFull,
    /** Whether any queue is full: then an operator bounds queues, and a queue that refuses a message counts as full at once. */
    isAnyFull: () => [...runs.keys()].some(isFull),
    /** @param queue has refused a message although the broker takes messages */
    refused(queue: QueueName): void {
      const at = now();
      const run = runs.get(queue);
      runs.set(queue, { since: run === undefined || at - run.last >= runGapMs ? at : run.since, last: at });
      onRefused(queue);
      if (told.has(queue) || !isFull(queue)) return;
      told.add(queue);
      logger.warn({ queue }, 'a retry queue is full: its messages wait longer in another, or are undelivered');
    },
    /** Call it regularly. */
    look(): void {
      for (const queue of told) {
        if (now() - (runs.get(queue)?.last ?? 0) < wellAfterMs) continue;
        told.delete(queue);
        logger.info({ queue }, 'the retry queue takes all messages again');
      }
    },
  };
}
