import { Redis } from 'ioredis';
import type { Logger } from './logger.js';

/** A connection that has been silent for so long, though asked, is given up: its other end may be gone without a word. */
const silenceTimeoutMs = 5_000;

/**
 * A connection that never makes its user wait: commands fail at once while Redis is away, and after `commandTimeoutMs`
 * when it is silent. A command that failed may have been carried out. It reconnects by itself and logs only the
 * changes between there and away.
 */
export function connectRedis(options: { url: string; logger: Logger; commandTimeoutMs?: number }): Redis {
  const { logger } = options;
  const redis = new Redis(options.url, {
    enableOfflineQueue: false,
    // Commands under way when the connection breaks fail; sent again they might be carried out twice.
    maxRetriesPerRequest: 0,
    commandTimeout: options.commandTimeoutMs ?? 1_000,
    socketTimeout: silenceTimeoutMs,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  let isAway = false;
  const noteAway = (error: string) => {
    if (!isAway) logger.warn({ error }, 'redis is away');
    isAway = true;
  };
  redis.on('error', (error: Error) => noteAway(error.message));
  redis.on('reconnecting', () => noteAway('connection closed'));
  redis.on('ready', () => {
    logger.info(isAway ? 'redis is back' : 'redis connected');
    isAway = false;
  });
  return redis;
}
