/**
 * Why a message ended in `undelivered`. `exhausted`: all attempts failed. `held`: its subscription is disabled. `expired`: too old, or
 * older than a policy of the broker allows. `poison`: unreadable, or returned to its queue too often. `loop`: too many hops.
 * `newer_format`: written by a newer version. `maxlen`: its queue was full.
 */
export const undeliveredReasons = ['exhausted', 'held', 'expired', 'poison', 'loop', 'newer_format', 'maxlen'] as const;

export type UndeliveredReason = (typeof undeliveredReasons)[number];

/** By reason, the part that gives it: a worker, or the broker library for a message that no handler has seen. */
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
  /** The beginning of the last answer, or the reason why there is none. */
  readonly answer?: string;
  /** Epoch milliseconds. */
  readonly failedAt: number;
}

export function isUndeliveredReason(value: unknown): value is UndeliveredReason {
  return undeliveredReasons.some((reason) => reason === value);
}

/** @param headers of the task or event that ends */
export function undeliveredHeaders(headers: object, told: UndeliveredHeaders): UndeliveredHeaders {
  return { ...headers, ...told };
}
