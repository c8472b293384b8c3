/**
 * The reason why a message is undelivered.
 *
 * - `exhausted`: all attempts failed.
 * - `held`: the subscription is disabled, or its receiver has not allowed callbacks.
 * - `expired`: the message is too old, or older than a policy of the broker allows.
 * - `poison`: the message is unreadable, or returned to its queue too often.
 * - `loop`: the event has too many hops.
 * - `newer_format`: a newer version wrote the message.
 * - `maxlen`: the queue was full.
 */
export const undeliveredReasons = ['exhausted', 'held', 'expired', 'poison', 'loop', 'newer_format', 'maxlen'] as const;

export type UndeliveredReason = (typeof undeliveredReasons)[number];

/** The component that assigns each reason: a worker, or the broker library for a message that no handler has seen. */
export const endedBy = {
  exhausted: 'worker',
  held: 'worker',
  expired: 'worker',
  poison: 'worker',
  loop: 'worker',
  newer_format: 'broker',
  maxlen: 'broker',
} as const satisfies Record<UndeliveredReason, 'worker' | 'broker'>;

type ReasonsBy<Ender> = { [R in UndeliveredReason]: (typeof endedBy)[R] extends Ender ? R : never }[UndeliveredReason];

export type WorkerReason = ReasonsBy<'worker'>;

/** The headers that an undelivered message adds to those of its task or event. */
export interface UndeliveredHeaders {
  readonly reason: UndeliveredReason;
  /** The last attempt's HTTP status. */
  readonly status?: number;
  /** The beginning of the last answer, or the reason why there is no answer. */
  readonly answer?: string;
  /** Epoch milliseconds. */
  readonly failedAt: number;
}

export function isUndeliveredReason(value: unknown): value is UndeliveredReason {
  return undeliveredReasons.some((reason) => reason === value);
}

/** @param headers the headers of the task or event */
export function undeliveredHeaders(headers: object, added: UndeliveredHeaders): UndeliveredHeaders {
  return { ...headers, ...added };
}
