import type { QueueName } from '@callbus/contracts/topology';
import type { Logger } from 'pino';

/** For less it may be the broker that is ill, and not the queue that is full: an election, or a channel that is about to be given up. */
const fullAfterMs = 3_000;
/** A run of refusals is over after so long without one, however many messages the queue takes in between. */
const runGapMs = 5_000;
/** Longer, because a full queue takes some whenever others leave it: the log tells of changes, not of waves. */
const wellAfterMs = 60_000;

interface Run {
  readonly since: number;
  readonly last: number;
}

/**
 * Which queues an operator's policy keeps from taking more, by what they have refused.
 *
 * @param options.now monotonic milliseconds
 */
export function createFullQueues({ logger, now }: { readonly logger: Logger; readonly now: () => number }) {
  const runs = new Map<QueueName, Run>();
  const told = new Set<QueueName>();
  const listeners: ((queue: QueueName) => void)[] = [];

  function isFull(queue: QueueName): boolean {
    const run = runs.get(queue);
    return run !== undefined && now() - run.last < runGapMs && run.last - run.since >= fullAfterMs;
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
      for (const listener of listeners) listener(queue);
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
    watch: (listener: (queue: QueueName) => void) => void listeners.push(listener),
  };
}
