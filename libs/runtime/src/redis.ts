import { Redis } from 'ioredis';
import type { Logger } from './logger.js';

/**
 * A connection that never makes its user wait: commands fail at once while Redis is away, and after `commandTimeoutMs`
 * when it is silent. It reconnects by itself and logs only the changes between there and away.
 */
export function connectRedis(options: { url: string; logger: Logger; commandTimeoutMs?: number }): Redis {
  const { logger } = options;
  const redis = new Redis(options.url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: options.commandTimeoutMs ?? 1_000,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  let isAway = false;
  redis.on('ready', () => {
    logger.info(isAway ? 'redis is back' : 'redis connected');
    isAway = false;
  });
  redis.on('error', (error: Error) => {
    if (!isAway) logger.warn({ error: error.message }, 'redis is away');
    isAway = true;
  });
  return redis;
}
