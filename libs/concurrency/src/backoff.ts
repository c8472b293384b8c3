export interface BackoffBounds {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The time to wait after a failure, which doubles with each failure up to `longestMs`.
 *
 * @param failures the number of failures before this one
 */
export function backoffMs(failures: number, { firstMs, longestMs }: BackoffBounds): number {
  return Math.min(firstMs * 2 ** failures, longestMs);
}
