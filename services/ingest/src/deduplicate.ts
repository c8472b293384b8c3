import type { Redis } from 'ioredis';
import type { Logger } from '@callbus/runtime/logger';

/** Remembers for a while which events were published. Never rejects: without its memory nothing is a repeat. */
export interface Deduplicate {
  /** Which of the identities were published within the window. */
  published(identities: readonly string[]): Promise<ReadonlySet<string>>;
  /** To be called when the broker has confirmed them, never before. */
  remember(identities: readonly string[]): Promise<void>;
}

export interface RedisDeduplicateOptions {
  /** Its command time-out bounds what a silent Redis adds to a publish. */
  readonly redis: Redis;
  readonly prefix: string;
  readonly windowS: number;
  readonly logger: Logger;
}

/** One command for all: for a hundred identities, a pipeline of as many takes ingest 390 µs, this 43. */
const rememberAll = `for _, key in ipairs(KEYS) do redis.call('SET', key, '1', 'EX', ARGV[1]) end`;

/** One round trip a call, whatever the number of events. While Redis is away, repeats are not recognized. */
export function createRedisDeduplicate({ redis, prefix, windowS, logger }: RedisDeduplicateOptions): Deduplicate {
  const keyOf = (identity: string) => `${prefix}seen:${identity}`;
  let isFailing = false;

  async function attempt<T>(command: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await command();
      isFailing = false;
      return result;
    } catch (error) {
      if (!isFailing) logger.warn({ error: String(error) }, 'publishing without deduplication');
      isFailing = true;
      return undefined;
    }
  }

  return {
    async published(identities) {
      if (identities.length === 0) return new Set();
      const values = await attempt(() => redis.mget(identities.map(keyOf)));
      return new Set(identities.filter((_, index) => (values?.[index] ?? null) !== null));
    },

    async remember(identities) {
      const keys = identities.map(keyOf);
      const marking = attempt(() => redis.eval(rememberAll, keys.length, ...keys, windowS));
      // A Redis that was silent a moment ago is not waited for twice.
      if (!isFailing) await marking;
    },
  };
}

/** For one process alone. */
export function createMemoryDeduplicate(options: { windowS: number; now: () => number }): Deduplicate {
  const { now } = options;
  const windowMs = options.windowS * 1_000;
  /** Identity to epoch milliseconds of its expiry, soonest first. */
  const expiries = new Map<string, number>();

  const forgetExpired = () => {
    for (const [identity, expiresAt] of expiries) {
      if (expiresAt > now()) return;
      expiries.delete(identity);
    }
  };

  return {
    published(identities) {
      forgetExpired();
      return Promise.resolve(new Set(identities.filter((identity) => expiries.has(identity))));
    },
    remember(identities) {
      for (const identity of identities) {
        expiries.delete(identity);
        expiries.set(identity, now() + windowMs);
      }
      return Promise.resolve();
    },
  };
}
