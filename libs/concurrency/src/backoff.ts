export interface BackoffBounds {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait after a failure: twice as long each time, up to a bound.
 *
 * @param failures before this one
 */
export function backoffMs(failures: number, { firstMs, longestMs }: BackoffBounds): number {
  return Math.min(firstMs * 2 ** failures, longestMs);
}
