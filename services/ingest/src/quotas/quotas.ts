import type { Published } from '@callbus/runtime/redis/publish-rates';
import { Fault } from '../errors.js';
import type { IncomingEvent } from '../formats/incoming-event.js';

/** The quotas of accounts in this process: rate limits, and the limit of undelivered events. */
export interface Quotas {
  /** Charges a body to the account of its caller. @returns a fault when the account's quota is used up */
  takeBytes(account: string, bytes: number): Fault | undefined;
  /** Charges the events of a request to their accounts. @returns a fault when an account's quota is used up: then no event is charged */
  takeEvents(events: readonly Pick<IncomingEvent, 'account'>[]): Fault | undefined;
  /** How much each account has published since the last call. */
  takeCounts(): ReadonlyMap<string, Published>;
}

export interface QuotaOptions {
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Whether an account has reached its limit of undelivered events. */
  readonly isFull: (account: string) => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** The token bucket of an account. It holds at most the quota of one second. A large request may leave it negative. */
interface Bucket {
  events: number;
  bytes: number;
  filledAt: number;
}

/** Above this number of buckets, full buckets are dropped, because a caller may name any account. */
const manyBuckets = 10_000;

export function createQuotas({ eventsPerSecond, bytesPerSecond, isFull, now }: QuotaOptions): Quotas {
  const buckets = new Map<string, Bucket>();
  let counts = new Map<string, { events: number; bytes: number }>();

  function count(account: string, events: number, bytes: number): void {
    const counted = counts.get(account);
    if (counted === undefined) {
      counts.set(account, { events, bytes });
      return;
    }
    counted.events += events;
    counted.bytes += bytes;
  }

  function bucketOf(account: string): Bucket {
    const at = now();
    let bucket = buckets.get(account);
    if (bucket === undefined) {
      if (buckets.size >= manyBuckets) forget(at);
      bucket = { events: eventsPerSecond, bytes: bytesPerSecond, filledAt: at };
      buckets.set(account, bucket);
      return bucket;
    }
    const seconds = (at - bucket.filledAt) / 1_000;
    bucket.events = Math.min(bucket.events + seconds * eventsPerSecond, eventsPerSecond);
    bucket.bytes = Math.min(bucket.bytes + seconds * bytesPerSecond, bytesPerSecond);
    bucket.filledAt = at;
    return bucket;
  }

  function forget(at: number): void {
    for (const [account, { events, bytes, filledAt }] of buckets) {
      const seconds = (at - filledAt) / 1_000;
      const isFilled =
        events + seconds * eventsPerSecond >= eventsPerSecond && bytes + seconds * bytesPerSecond >= bytesPerSecond;
      if (isFilled) buckets.delete(account);
    }
  }

  function refuse(account: string, bucket: Bucket): Fault | undefined {
    if (isFull(account)) return new Fault('tooMuchUndelivered', { account });
    if (bucket.events >= 1) return undefined;
    const retryAfterS = secondsUntil(1, bucket.events, eventsPerSecond);
    return new Fault('tooManyEvents', { account, limit: eventsPerSecond, retryAfterS });
  }

  function take(account: string, bucket: Bucket, events: number): void {
    bucket.events -= events;
    count(account, events, 0);
  }

  /** Charges events of one account, as nearly every request has them. */
  function takeOf(account: string, events: number): Fault | undefined {
    const bucket = bucketOf(account);
    const fault = refuse(account, bucket);
    if (fault === undefined) take(account, bucket, events);
    return fault;
  }

  return {
    takeBytes(account, bytes) {
      const bucket = bucketOf(account);
      if (bucket.bytes < 1) {
        const retryAfterS = secondsUntil(1, bucket.bytes, bytesPerSecond);
        return new Fault('tooManyBytes', { account, limit: bytesPerSecond, retryAfterS });
      }
      bucket.bytes -= bytes;
      count(account, 0, bytes);
      return undefined;
    },

    takeEvents(events) {
      const [first] = events;
      if (first === undefined) return undefined;
      if (events.every(({ account }) => account === first.account)) return takeOf(first.account, events.length);
      const byAccount = countByAccount(events);
      for (const account of byAccount.keys()) {
        const fault = refuse(account, bucketOf(account));
        if (fault !== undefined) return fault;
      }
      for (const [account, number] of byAccount) take(account, bucketOf(account), number);
      return undefined;
    },

    takeCounts() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
  };
}

function countByAccount(events: readonly Pick<IncomingEvent, 'account'>[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { account } of events) counts.set(account, (counts.get(account) ?? 0) + 1);
  return counts;
}

function secondsUntil(wanted: number, left: number, perSecond: number): number {
  return Math.max(1, Math.ceil((wanted - left) / perSecond));
}
