import type { QueueName } from '@callbus/contracts/messages/topology';
import type { Logger } from 'pino';

/**
 * How long a queue must refuse messages before it counts as full, unless both channels have published to it before. Earlier refusals may
 * come from a channel that first published to the queue while a leader was elected. Such a channel is replaced.
 */
const fullAfterMs = 3_000;
/** A run of refusals ends after this time without a refusal. Accepted messages do not end a run. */
const runGapMs = 5_000;
/** The log reports the end only after this time, because a full queue takes a message each time that another one leaves it. */
const recoveredAfterMs = 60_000;

interface Run {
  readonly since: number;
  readonly last: number;
}

export interface FullQueuesOptions {
  /** Whether both publishing channels have published to the queue before. A refusal can then only mean that the queue is full. */
  readonly isKnown: (queue: QueueName) => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Called for each message that a queue has refused. */
  readonly onRefused: (queue: QueueName) => void;
  readonly logger: Logger;
}

export type FullQueues = ReturnType<typeof createFullQueues>;

/** Finds queues that are full, because a policy of the operator limits their length. Such a queue is known by its refusals. */
export function createFullQueues({ isKnown, now, onRefused, logger }: FullQueuesOptions) {
  const runs = new Map<QueueName, Run>();
  const reported = new Set<QueueName>();

  function isFull(queue: QueueName): boolean {
    const run = runs.get(queue);
    if (run === undefined || now() - run.last >= runGapMs) return false;
    return isKnown(queue) || run.last - run.since >= fullAfterMs;
  }

  return {
    isFull,
    /** Whether any queue is full. If so, the operator limits queues, and any other queue that refuses a message counts as full too. */
    isAnyFull: () => [...runs.keys()].some(isFull),
    /** Records that the queue has refused a message. */
    refused(queue: QueueName): void {
      const at = now();
      const run = runs.get(queue);
      runs.set(queue, { since: run === undefined || at - run.last >= runGapMs ? at : run.since, last: at });
      onRefused(queue);
      if (reported.has(queue) || !isFull(queue)) return;
      reported.add(queue);
      logger.warn(
        { queue },
        'a retry queue is full: its messages wait longer in another retry queue, or become undelivered',
      );
    },
    /** Logs the queues that are no longer full. Call it regularly. */
    check(): void {
      for (const queue of reported) {
        if (now() - (runs.get(queue)?.last ?? 0) < recoveredAfterMs) continue;
        reported.delete(queue);
        logger.info({ queue }, 'the retry queue takes all messages again');
      }
    },
  };
}
