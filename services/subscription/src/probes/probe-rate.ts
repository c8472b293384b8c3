import { Fault } from '../http/errors.js';
import { reasonFor } from '../http/reasons.js';

/** Limits how often this process probes URLs for an account: ping, telnet and verification. */
export interface ProbeRate {
  /** Counts a probe. @returns a fault when the probe exceeds the rate */
  take(account: string): Fault | undefined;
  /** The accounts whose next probe would be refused. */
  exhaustedAccounts(): string[];
}

interface Bucket {
  left: number;
  filledAt: number;
}

/** At this number full buckets are deleted, because callers may name any account. */
const manyBuckets = 10_000;

/** @param options.now monotonic milliseconds */
export function createProbeRate(options: { perSecond: number; burst: number; now: () => number }): ProbeRate {
  const { perSecond, burst, now } = options;
  const buckets = new Map<string, Bucket>();

  const leftIn = ({ left, filledAt }: Bucket) => Math.min(burst, left + ((now() - filledAt) / 1_000) * perSecond);

  function forgetFull(): void {
    for (const [account, bucket] of buckets) if (leftIn(bucket) === burst) buckets.delete(account);
  }

  return {
    take(account) {
      const bucket = buckets.get(account);
      const left = bucket === undefined ? burst : leftIn(bucket);
      if (left < 1) {
        const retryAfterS = Math.max(1, Math.ceil((1 - left) / perSecond));
        return new Fault('tooMuch', { reason: reasonFor('probes.rate', { limit: perSecond }), retryAfterS });
      }
      if (bucket === undefined && buckets.size >= manyBuckets) forgetFull();
      buckets.set(account, { left: left - 1, filledAt: now() });
      return undefined;
    },
    exhaustedAccounts: () => [...buckets].filter(([, bucket]) => leftIn(bucket) < 1).map(([account]) => account),
  };
}
