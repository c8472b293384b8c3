import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** The interface `Survivals` of the broker library. */
interface Survivals {
  note(keys: readonly string[]): void;
  takeBack(key: string): Promise<void>;
  countOf(key: string): Promise<number>;
}

/** Longer than any event is retried. */
const keptS = 7 * 86_400;

/** Survivals of all processes that share a Redis. While Redis is away, only those of this process. */
export function createRedisSurvivals(options: {
  readonly redis: Redis;
  readonly prefix: string;
  readonly local: Survivals;
  readonly logger: Logger;
}): Survivals {
  const { redis, prefix, local, logger } = options;
  const nameOf = (key: string) => `${prefix}survived:${hash('sha256', key, 'base64url').slice(0, 24)}`;

  async function share(keys: readonly string[]): Promise<void> {
    const pipeline = redis.pipeline();
    for (const name of keys.map(nameOf)) pipeline.incr(name).expire(name, keptS);
    await pipeline.exec();
  }

  return {
    note(keys) {
      local.note(keys);
      share(keys).catch((error: unknown) =>
        logger.debug({ error: String(error) }, 'the survivals of this process are not shared'),
      );
    },
    async takeBack(key) {
      await Promise.all([local.takeBack(key), redis.decr(nameOf(key)).catch(() => undefined)]);
    },
    async countOf(key) {
      const [own, all] = await Promise.all([local.countOf(key), redis.get(nameOf(key)).catch(() => null)]);
      return Math.max(own, Number(all ?? 0));
    },
  };
}
