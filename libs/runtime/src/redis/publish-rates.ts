import type { Redis } from 'ioredis';

/** A number of events and of bytes of their request bodies, in total or per second. */
export interface Published {
  readonly events: number;
  readonly bytes: number;
}

/**
 * How fast each account publishes. The processes that accept events add to it, and the subscription service reads it
 * for its overview.
 */
export interface PublishRates {
  /**
   * @param published by account, since the last call of this process
   * @param limit the quota of an account in one process, per second
   */
  add(published: ReadonlyMap<string, Published>, limit: Published): Promise<void>;
  /**
   * @returns averages per second over the last minute. `used` is the sum of all processes. Undefined while no process
   *   adds anything
   */
  read(account: string): Promise<{ readonly used: Published; readonly limit: Published } | undefined>;
}

const windowMs = 10_000;
const windowsRead = 6;
const windowKeptS = 120;

const windowOf = (nowMs: number) => Math.floor(nowMs / windowMs);
/** The current window is left out, because processes add their events only every few seconds. */
const windowsBefore = (nowMs: number) => Array.from({ length: windowsRead }, (_, ago) => windowOf(nowMs) - 1 - ago);
const perSecond = (sum: number) => sum / ((windowsRead * windowMs) / 1_000);

export function createRedisPublishRates(options: { redis: Redis; prefix: string; now?: () => number }): PublishRates {
  const { redis, prefix, now = Date.now } = options;
  const keyOf = (window: number) => `${prefix}published:${window}`;

  return {
    async add(published, limit) {
      const key = keyOf(windowOf(now()));
      const pipeline = redis.pipeline().hset(key, limit);
      for (const [account, { events, bytes }] of published)
        pipeline.hincrby(key, `events ${account}`, events).hincrby(key, `bytes ${account}`, bytes);
      await pipeline.expire(key, windowKeptS).exec();
    },

    async read(account) {
      const fields = ['events', 'bytes', `events ${account}`, `bytes ${account}`];
      const windows = await Promise.all(windowsBefore(now()).map((window) => redis.hmget(keyOf(window), ...fields)));
      const newest = windows.find(([limit]) => limit !== null);
      if (newest === undefined) return undefined;
      const sumOf = (field: number) => windows.reduce((sum, window) => sum + Number(window[field] ?? 0), 0);
      return {
        used: { events: perSecond(sumOf(2)), bytes: perSecond(sumOf(3)) },
        limit: { events: Number(newest[0]), bytes: Number(newest[1]) },
      };
    },
  };
}

/** The rates in the memory of a process that runs all services. */
export function createMemoryPublishRates({ now = Date.now }: { now?: () => number } = {}): PublishRates {
  const windows = new Map<number, Map<string, Published>>();
  let known: Published | undefined;

  return {
    add(published, limit) {
      known = limit;
      const current = windowOf(now());
      const counts = windows.get(current) ?? new Map<string, Published>();
      windows.set(current, counts);
      for (const [account, { events, bytes }] of published) {
        const before = counts.get(account);
        counts.set(account, { events: events + (before?.events ?? 0), bytes: bytes + (before?.bytes ?? 0) });
      }
      for (const window of windows.keys()) if (window < current - windowsRead) windows.delete(window);
      return Promise.resolve();
    },

    read(account) {
      const counts = windowsBefore(now()).flatMap((window) => windows.get(window)?.get(account) ?? []);
      const used = {
        events: perSecond(counts.reduce((sum, { events }) => sum + events, 0)),
        bytes: perSecond(counts.reduce((sum, { bytes }) => sum + bytes, 0)),
      };
      return Promise.resolve(known && { used, limit: known });
    },
  };
}
