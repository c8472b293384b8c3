import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { EventStep } from './statistics.js';
import type { StepQueue } from './step-queue.js';
import type { Row, Tally } from './tally.js';

/** Bounds a batch, because the store does nothing else while it applies one. */
const rowsPerBatch = 1_000;
const stepsPerBatch = 2_000;
const drainPauseMs = 20;

export interface Batch {
  /** Grows with every batch. */
  readonly number: number;
  readonly rows: readonly Row[];
  readonly steps: readonly EventStep[];
}

export interface FlusherOptions {
  readonly tally: Tally;
  readonly stepQueue: StepQueue;
  readonly intervalMs: number;
  readonly isReady: () => boolean;
  /** Rejects when it is not known whether the batch was applied. The batch is then sent again. */
  readonly apply: (batch: Batch) => Promise<void>;
  readonly logger: Logger;
}

/** Sends a tally and the steps of events to the store, one batch after the other. */
export function createFlusher(options: FlusherOptions) {
  const { tally, stepQueue, intervalMs, isReady, apply, logger } = options;
  /** The batch under way. It keeps its number until it is known to be applied. */
  let batch: Batch = { number: 0, rows: [], steps: [] };
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;
  let isFailing = false;
  let isStopped = false;

  const isApplied = () => batch.rows.length === 0 && batch.steps.length === 0;
  const isFlushed = () => isApplied() && tally.size() === 0 && stepQueue.size() === 0;

  function schedule(): void {
    if (!isStopped) timer ??= setTimeout(() => void flush(), intervalMs).unref();
  }

  async function flush(): Promise<void> {
    flushing ??= flushBatches();
    await flushing;
    flushing = undefined;
    clearTimeout(timer);
    timer = undefined;
    if (!isFlushed()) schedule();
  }

  async function flushBatches(): Promise<void> {
    if (!isReady()) return;
    try {
      do await flushBatch();
      while (tally.size() >= rowsPerBatch || stepQueue.size() >= stepsPerBatch);
      isFailing = false;
    } catch (error) {
      // The message only: a Redis error carries the whole command.
      const reason = error instanceof Error ? error.message : String(error);
      if (!isFailing) logger.warn({ error: reason }, 'statistics wait for their store');
      isFailing = true;
    }
  }

  async function flushBatch(): Promise<void> {
    if (isApplied())
      batch = { number: batch.number + 1, rows: tally.take(rowsPerBatch), steps: stepQueue.take(stepsPerBatch) };
    await apply(batch);
    batch = { number: batch.number, rows: [], steps: [] };
  }

  async function drain(): Promise<void> {
    while (!isFlushed() && !isStopped) {
      await flush();
      if (!isFlushed()) await sleep(drainPauseMs);
    }
  }

  return {
    /** Schedules a flush at the end of the interval. Does nothing when one is scheduled, because every record calls it. */
    schedule,

    forget(subscription: number): void {
      tally.forget(subscription);
      batch = { ...batch, rows: batch.rows.filter((row) => row.subscription !== subscription) };
    },

    /** Flushes as much as it can within the time, and nothing afterwards. @returns whether everything was flushed */
    async close(timeoutMs: number): Promise<boolean> {
      const alarm = new AbortController();
      const late = sleep(timeoutMs, undefined, { signal: alarm.signal }).catch(() => undefined);
      await Promise.race([drain(), late]);
      alarm.abort();
      isStopped = true;
      clearTimeout(timer);
      return isFlushed();
    },
  };
}
