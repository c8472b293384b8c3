/**
 * Counters and attempts per subscription. Two implementations, Redis and memory, pass the same contract tests.
 *
 * Recording never waits and never fails: what was recorded adds up in memory and is flushed in the background, each
 * batch exactly once, also over an outage of Redis in the middle of a flush.
 */
export interface Statistics {
  /** Counts an attempt in `total`, and in `failure` unless it was confirmed, and keeps it among the last 1,000. */
  recordAttempt(attempt: Attempt): void;
  count(subscription: number, counter: Counter, by?: number): void;

  /** @throws when the store cannot answer within a second. Subscriptions without figures have zeros. */
  totals(subscriptions: readonly number[]): Promise<Map<number, Totals>>;
  /** Newest first. @throws when the store cannot answer. */
  attempts(subscription: number, options: { limit: number }): Promise<Attempt[]>;
  /** Drops everything that is known about a subscription; what is recorded afterwards counts from zero. @throws as above */
  forget(subscription: number): Promise<void>;

  isReady(): boolean;
  /** Flushes what can be flushed within a second, and disconnects. */
  close(): Promise<void>;
}

/** `pending`: matched and not yet settled; the others are ends. */
export type Counter = 'pending' | 'delivered' | 'undelivered' | 'dropped';

export type Totals = Readonly<Record<Counter, number>> & {
  /** Attempts made. */
  readonly total: number;
  /** Attempts not confirmed. */
  readonly failure: number;
};

export interface Attempt {
  readonly subscription: number;
  readonly eventId: string;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** HTTP status, or null when no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  /** The first 256 bytes of the answer, or what went wrong. */
  readonly answer: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** `refused`: answered, but not as the confirm rule wants; `timeout`; `error`: no answer. */
export type AttemptOutcome = 'confirmed' | 'refused' | 'timeout' | 'error';
