import { Gauge, type Registry } from 'prom-client';
import type { RedisMemory } from '../redis/redis.js';

type ReadMemory = () => Promise<RedisMemory | undefined>;

/** @param memory called at every scrape; undefined when Redis does not tell */
export type WatchRedisMemory = (name: 'redis' | 'traces-redis', memory: ReadMemory) => void;

/** Reports how full a Redis is: with `noeviction` a full one refuses every write. */
export function createWatchRedisMemory(registry: Registry): WatchRedisMemory {
  const watched = new Map<string, ReadMemory>();
  let reading: Promise<(readonly [string, RedisMemory | undefined])[]> | undefined;

  /** Asks each Redis once for both metrics of a scrape. */
  function read() {
    reading ??= Promise.all(Array.from(watched, async ([name, memory]) => [name, await memory()] as const)).finally(
      () => (reading = undefined),
    );
    return reading;
  }

  function report(name: string, help: string, valueOf: (memory: RedisMemory) => number): void {
    const gauge: Gauge<'redis'> = new Gauge({
      name,
      help,
      labelNames: ['redis'],
      registers: [registry],
      async collect() {
        const found = await read();
        // Without an answer the gauge has no value, because an old value would look like a new one.
        gauge.reset();
        for (const [redis, memory] of found) if (memory !== undefined) gauge.set({ redis }, valueOf(memory));
      },
    });
  }

  report('callbus_redis_memory_used_bytes', 'Memory that Redis uses for its data.', ({ usedBytes }) => usedBytes);
  report(
    'callbus_redis_memory_max_bytes',
    'The maxmemory of Redis; 0 when it takes as much as there is.',
    ({ maxBytes }) => maxBytes,
  );
  return (name, memory) => void watched.set(name, memory);
}
