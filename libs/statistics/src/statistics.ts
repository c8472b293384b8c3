/**
 * Counters and attempts of each subscription, and the trace of each event. Two implementations, Redis and memory, pass the
 * same contract tests.
 *
 * Recording never waits and never fails. Records wait in memory and are flushed in the background. Each batch is applied exactly once, even when
 * Redis fails in the middle of a flush.
 *
 * Counters are exact. Attempts and traces share a bound in bytes; beyond it the oldest are deleted.
 */
export interface Statistics {
  /**
   * Counts an attempt in `total`, and in `failure` unless it was confirmed, and keeps it among the last 1,000. An `unsent` attempt is kept, but not
   * counted.
   */
  recordAttempt(attempt: Attempt): void;
  count(subscription: number, counter: Counter, by?: number): void;
  /** Adds a step to the trace of its event. */
  recordStep(step: EventStep): void;

  /** @throws when the store cannot answer within one second. Subscriptions without figures have zeros. */
  totals(subscriptions: readonly number[]): Promise<Map<number, Totals>>;
  /** Newest first. @throws when the store cannot answer. */
  attempts(subscription: number, options: AttemptsQuery): Promise<Attempt[]>;
  /** @throws as above */
  trace(account: string, eventId: string): Promise<Trace>;
  /**
   * Deletes all figures and attempts of a subscription. Later counts start from zero; they and later attempts are deleted within a day.
   *
   * @throws as above
   */
  forget(subscription: number): Promise<void>;

  /** Whether the store of the counters is connected. */
  isReady(): boolean;
  /** Flushes as much as possible within one second, and disconnects. */
  close(): Promise<void>;
}

export interface AttemptsQuery {
  readonly limit: number;
  readonly eventId?: string;
  readonly outcome?: AttemptOutcome;
}

/** `pending`: matched and not yet ended. The others are ends without a confirmed attempt. */
export type Counter = 'pending' | 'undelivered' | 'dropped';

export type Totals = Readonly<Record<Counter, number>> & {
  /** Attempts made. */
  readonly total: number;
  /** Attempts not confirmed. */
  readonly failure: number;
  /** Attempts confirmed, which end a delivery. */
  readonly delivered: number;
};

export interface Attempt {
  readonly subscription: number;
  readonly eventId: string;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** HTTP status, or null when no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  /** The first 256 bytes of the answer, or the reason why there is none. */
  readonly answer: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** `refused`: the answer does not match the confirm rule. `timeout`: no complete answer in time. `error`: no valid answer. */
export const callbackOutcomes = ['confirmed', 'refused', 'timeout', 'error'] as const;
export type CallbackOutcome = (typeof callbackOutcomes)[number];

/** `unsent`: nothing was sent, because of a fault of the event or of the worker. Such an attempt tells nothing about the receiver. */
export const attemptOutcomes = [...callbackOutcomes, 'unsent'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

export interface Trace {
  /** Oldest first; empty for an unknown event and for a trace that is no longer kept. */
  readonly steps: readonly EventStep[];
  /** The traces of all events that were received since this time are complete, in epoch milliseconds. */
  readonly since: number;
}

/** One thing that happened to an event. The steps of an event explain why a callback did not come. */
export type EventStep = Matched | Attempted | Waiting | Ended;

interface Step {
  readonly account: string;
  readonly eventId: string;
  /** Epoch milliseconds, as all times here. */
  readonly at: number;
}

/** The event was dispatched to these subscriptions. The list may be empty. */
interface Matched extends Step {
  readonly kind: 'matched';
  /** When ingest took the event. */
  readonly receivedAt: number;
  readonly name: string;
  /** Empty for no bus. */
  readonly bus: string;
  readonly subscriptions: readonly number[];
}

interface Attempted extends Step {
  readonly kind: 'attempt';
  readonly subscription: number;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** HTTP status, or null when no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
}

/** Why a delivery waits. `retry`: for its next attempt; `parked`: for its turn. */
export const waitReasons = ['retry', 'parked'] as const;

interface Waiting extends Step {
  readonly kind: 'waiting';
  /** The subscriptions whose deliveries wait together. */
  readonly subscriptions: readonly number[];
  readonly until: number;
  readonly because: (typeof waitReasons)[number];
}

/** The end of a delivery without a confirmed attempt. */
interface Ended extends Step {
  readonly kind: 'ended';
  readonly subscription: number;
  readonly how: 'undelivered' | 'dropped';
  readonly reason?: string;
}

/**
 * How long a step is kept at most, in seconds. An event is retried for three days by default, so its trace is complete for a day after its
 * last step.
 */
export const stepsKeptS = 345_600;
/**
 * The most steps that a trace has, the newest ones: more than one event ever has. The bound is for an event id that is published
 * again and again.
 */
export const stepsPerEvent = 5_000;
/** The most attempts of a subscription that are kept, the newest ones. */
export const attemptsPerSubscription = 1_000;
