/**
 * Why something ended in `undelivered`. `exhausted`: all attempts failed. `held`: its subscription is disabled. `expired`: too old, or
 * older than a policy of the broker allows. `poison`: unreadable, or returned to its queue too often. `loop`: it came round too often.
 * `newer_format`: written by a newer version. `maxlen`: its queue was full.
 */
export const undeliveredReasons = ['exhausted', 'held', 'expired', 'poison', 'loop', 'newer_format', 'maxlen'] as const;

export type UndeliveredReason = (typeof undeliveredReasons)[number];

export function isUndeliveredReason(value: unknown): value is UndeliveredReason {
  return undeliveredReasons.some((reason) => reason === value);
}
