const hourMs = 3_600_000;
const hoursKept = 25;

/** The keys of one subscription, as the script of apply-batch.ts names them too. */
export function keysOf(prefix: string, subscription: number) {
  const base = `${prefix}subscription:${subscription}`;
  return {
    /** Hash: one field a counter. */
    totals: base,
    /** Stream of the last attempts, each as JSON in the field `attempt`. */
    attempts: `${base}:attempts`,
    /** Hashes, one an hour: attempts in the field `<minute>`, failures in `<minute>f`. */
    hours: (nowMs: number) =>
      Array.from({ length: hoursKept + 2 }, (_, ago) => `${base}:hour:${Math.floor(nowMs / hourMs) + 1 - ago}`),
  };
}
