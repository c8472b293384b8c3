import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

/** How long items wait, so that a batch holds several of them. */
const intervalMs = 20;
const drainPauseMs = 20;

export interface Batch<Item> {
  /** Grows with every batch. */
  readonly number: number;
  readonly items: readonly Item[];
}

export interface FlusherOptions<Item> {
  readonly waiting: { take(limit: number): Item[]; size(): number };
  /** The most items of a batch. The store does nothing else while it applies a batch. */
  readonly batchSize: number;
  readonly isReady: () => boolean;
  /** Rejects when it is not known whether the batch was applied. The batch is then sent again. */
  readonly apply: (batch: Batch<Item>) => Promise<void>;
  readonly logger: Logger;
}

/** Sends waiting items to their store, one batch after the other. */
export function createFlusher<Item>(options: FlusherOptions<Item>) {
  const { waiting, batchSize, isReady, apply, logger } = options;
  /** The batch under way. It keeps its number until it is known to be applied. */
  let batch: Batch<Item> = { number: 0, items: [] };
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;
  let isFailing = false;
  let isStopped = false;

  const isFlushed = () => batch.items.length === 0 && waiting.size() === 0;

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
      while (waiting.size() >= batchSize);
      isFailing = false;
    } catch (error) {
      // The message only: a Redis error carries the whole command.
      const reason = error instanceof Error ? error.message : String(error);
      if (!isFailing) logger.warn({ error: reason }, 'statistics wait for their store');
      isFailing = true;
    }
  }

  async function flushBatch(): Promise<void> {
    if (batch.items.length === 0) batch = { number: batch.number + 1, items: waiting.take(batchSize) };
    await apply(batch);
    batch = { number: batch.number, items: [] };
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

    /** Removes items from the batch under way. */
    withdraw(isWithdrawn: (item: Item) => boolean): void {
      batch = { ...batch, items: batch.items.filter((item) => !isWithdrawn(item)) };
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
