/**
 * Counters and attempts per subscription, and the steps of each event. Two implementations, Redis and memory, pass the
 * same contract tests.
 *
 * Recording never waits and never fails. Records add up in memory and are flushed in the background. Each batch is applied exactly once, even when
 * Redis fails in the middle of a flush.
 */
export interface Statistics {
  /**
   * Counts an attempt in `total`, and in `failure` unless it was confirmed, and keeps it among the last 1,000. An `unsent` attempt is kept, but not
   * counted.
   */
  recordAttempt(attempt: Attempt): void;
  count(subscription: number, counter: Counter, by?: number): void;
  /** Keeps a step of an event. The steps expire together when no new step has come for the trace window. */
  recordStep(step: EventStep): void;

  /** @throws when the store cannot answer within a second. Subscriptions without figures have zeros. */
  totals(subscriptions: readonly number[]): Promise<Map<number, Totals>>;
  /** Newest first. @throws when the store cannot answer. */
  attempts(subscription: number, options: AttemptsQuery): Promise<Attempt[]>;
  /** Oldest first; empty for an unknown event and for an expired trace. @throws as above */
  trace(account: string, eventId: string): Promise<EventStep[]>;
  /**
   * Drops everything that is known about a subscription. Later records count from zero, and are dropped after a day. @throws as above
   */
  forget(subscription: number): Promise<void>;

  isReady(): boolean;
  /** Flushes what can be flushed within a second, and disconnects. */
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

/** `refused`: the receiver answered, and the confirm rule does not accept the answer; `timeout`; `error`: no answer. */
export const callbackOutcomes = ['confirmed', 'refused', 'timeout', 'error'] as const;
export type CallbackOutcome = (typeof callbackOutcomes)[number];

/** `unsent`: nothing was sent, because of a fault of the event or of the worker. Such an attempt tells nothing about the receiver. */
export const attemptOutcomes = [...callbackOutcomes, 'unsent'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** One thing that happened to an event. Its trace explains why a callback did not come. */
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

/** How long a trace is kept after its last step, in seconds; 0 keeps none. */
export const defaultTraceWindowS = 86_400;
/**
 * The most steps that are kept for one event, the newest ones: more than one event ever has. The bound is for an event id that is published
 * again and again.
 */
export const stepsPerEvent = 5_000;
