import { Redis } from 'ioredis';

export async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = await connect(url);
  const keys = await keysUnder(redis, `${prefix}*`);
  if (keys.length > 0) await redis.unlink(keys);
  redis.disconnect();
}

/** @returns the keys that begin with one of the prefixes */
export async function findKeys(url: string, prefixes: readonly string[]): Promise<string[]> {
  const redis = await connect(url);
  const keys = await keysUnder(redis, 't*');
  redis.disconnect();
  return keys.filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
}

async function connect(url: string): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null });
  await redis.connect();
  return redis;
}

async function keysUnder(redis: Redis, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of redis.scanStream({ match: pattern, count: 1_000 })) keys.push(...(page as string[]));
  return keys;
}
