export interface BackoffBounds {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait after a failure: the time doubles with each failure, up to a limit.
 *
 * @param failures the number of failures before this one
 */
export function backoffMs(failures: number, { firstMs, longestMs }: BackoffBounds): number {
  return Math.min(firstMs * 2 ** failures, longestMs);
}
