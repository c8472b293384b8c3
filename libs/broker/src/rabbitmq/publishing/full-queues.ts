import type { QueueName } from '@callbus/contracts/topology';
import type { Logger } from 'pino';

/** Of a queue that is not known, for less: its channels may be about to be given up, having met the election of its leader. */
const fullAfterMs = 3_000;
/** A run of refusals is over after so long without one, however many messages the queue takes in between. */
const runGapMs = 5_000;
/** Longer, because a full queue takes some whenever others leave it: the log tells of changes, not of waves. */
const wellAfterMs = 60_000;

interface Run {
  readonly since: number;
  readonly last: number;
}

export interface FullQueuesOptions {
  /** Whether the channels that publish have had messages taken there: then a refusal can only mean that the queue is full. */
  readonly isKnown: (queue: QueueName) => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Is told of each message that a queue has refused. */
  readonly onRefused: (queue: QueueName) => void;
  readonly logger: Logger;
}

/** Which queues an operator's policy keeps from taking more, by what they have refused. */
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
    /** Whether any is: then an operator bounds them, and what refuses a message need not prove that it is full. */
    isAnyFull: () => [...runs.keys()].some(isFull),
    /** @param queue has refused a message that the broker could have taken */
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
