import type { Redis } from 'ioredis';

/** Events, and bytes of the bodies that they came in: either a total or per second. */
export interface Published {
  readonly events: number;
  readonly bytes: number;
}

/**
 * How fast each account publishes. The processes that accept events tell it, and the subscription service asks for its
 * overview.
 */
export interface PublishRates {
  /**
   * @param published by account, since the last call of this process
   * @param bound what an account may publish per second, through one process
   */
  tell(published: ReadonlyMap<string, Published>, bound: Published): Promise<void>;
  /**
   * Averages per second over the last minute; `used` covers all processes. Undefined while no process tells anything.
   */
  ask(account: string): Promise<{ readonly used: Published; readonly bound: Published } | undefined>;
}

const slotMs = 10_000;
const slotsRead = 6;
const slotKeptS = 120;

const slotOf = (nowMs: number) => Math.floor(nowMs / slotMs);
/** The current slot is left out, because processes tell their events only every few seconds. */
const slotsBefore = (nowMs: number) => Array.from({ length: slotsRead }, (_, ago) => slotOf(nowMs) - 1 - ago);
const perSecond = (sum: number) => sum / ((slotsRead * slotMs) / 1_000);

export function createRedisPublishRates(options: { redis: Redis; prefix: string; now?: () => number }): PublishRates {
  const { redis, prefix, now = Date.now } = options;
  const keyOf = (slot: number) => `${prefix}published:${slot}`;

  return {
    async tell(published, bound) {
      const key = keyOf(slotOf(now()));
      const pipeline = redis.pipeline().hset(key, bound);
      for (const [account, { events, bytes }] of published)
        pipeline.hincrby(key, `events ${account}`, events).hincrby(key, `bytes ${account}`, bytes);
      await pipeline.expire(key, slotKeptS).exec();
    },

    async ask(account) {
      const fields = ['events', 'bytes', `events ${account}`, `bytes ${account}`];
      const slots = await Promise.all(slotsBefore(now()).map((slot) => redis.hmget(keyOf(slot), ...fields)));
      const newest = slots.find(([bound]) => bound !== null);
      if (newest === undefined) return undefined;
      const sumOf = (field: number) => slots.reduce((sum, slot) => sum + Number(slot[field] ?? 0), 0);
      return {
        used: { events: perSecond(sumOf(2)), bytes: perSecond(sumOf(3)) },
        bound: { events: Number(newest[0]), bytes: Number(newest[1]) },
      };
    },
  };
}

/** For one process alone. */
export function createMemoryPublishRates({ now = Date.now }: { now?: () => number } = {}): PublishRates {
  const slots = new Map<number, Map<string, Published>>();
  let known: Published | undefined;

  return {
    tell(published, bound) {
      known = bound;
      const current = slotOf(now());
      const counts = slots.get(current) ?? new Map<string, Published>();
      slots.set(current, counts);
      for (const [account, { events, bytes }] of published) {
        const before = counts.get(account);
        counts.set(account, { events: events + (before?.events ?? 0), bytes: bytes + (before?.bytes ?? 0) });
      }
      for (const slot of slots.keys()) if (slot < current - slotsRead) slots.delete(slot);
      return Promise.resolve();
    },

    ask(account) {
      const counts = slotsBefore(now()).flatMap((slot) => slots.get(slot)?.get(account) ?? []);
      const used = {
        events: perSecond(counts.reduce((sum, { events }) => sum + events, 0)),
        bytes: perSecond(counts.reduce((sum, { bytes }) => sum + bytes, 0)),
      };
      return Promise.resolve(known && { used, bound: known });
    },
  };
}
