import type { Redis } from 'ioredis';
import type { ReferenceClock } from './clock-check.js';

/** The command TIME returns seconds and microseconds. */
export function redisClock(redis: Pick<Redis, 'time'>): ReferenceClock {
  return async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  };
}

/** Reads the `Date` header of a Callbus service. The header is rounded down to seconds, so half a second is added. */
export function httpClock(url: string): ReferenceClock {
  const healthUrl = new URL('/healthz', url);
  return async () => {
    const { headers } = await fetch(healthUrl, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(2_000),
    });
    const seconds = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(seconds)) throw new Error(`${healthUrl.href} returned no date`);
    return seconds + 500;
  };
}
