import { hash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/**
 * The first lines of every script. Writers number their batches, and Redis keeps each writer's last number beside the data. The number is
 * written first, so that a batch that Redis refuses halfway is not applied again from the start.
 */
const guard = `
local number = tonumber(ARGV[1])
if tonumber(redis.call('GET', KEYS[1]) or 0) >= number then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', 86400)
`;

/**
 * @param options.script Lua that applies a batch. Its arguments begin at ARGV[2].
 * @returns a function that applies one writer's batches, each unless it was applied before. It throws when it is not known whether the
 * batch was applied; its caller then sends the same batch again.
 */
export function createApplyOnce(options: { redis: Redis; prefix: string; script: string }) {
  const { redis, prefix } = options;
  const script = guard + options.script;
  const digest = hash('sha1', script);
  const mark = `${prefix}writer:${randomUUID()}`;

  return async (number: number, args: readonly (string | number | Buffer)[]): Promise<void> => {
    try {
      await redis.evalsha(digest, 1, mark, number, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      await redis.eval(script, 1, mark, number, ...args);
    }
  };
}
