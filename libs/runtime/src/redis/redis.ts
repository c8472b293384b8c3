import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { makeStringsFast } from './fast-strings.js';
import type { Logger } from '../observability/logger.js';
import { messageOf } from '../observability/message-of.js';

makeStringsFast();

/** A connection that has been silent for so long, though asked, is given up: its other end may be gone without a word. */
const silenceTimeoutMs = 5_000;

export interface RedisOptions {
  readonly url: string;
  /** Certificates that are trusted instead of the public ones. */
  readonly ca?: string | undefined;
  readonly logger: Logger;
  readonly commandTimeoutMs?: number;
}

/**
 * A connection that never makes its user wait: commands fail at once while Redis is away, and after `commandTimeoutMs`
 * when it is silent. A command that failed may have been carried out. It reconnects by itself and logs only the
 * changes between there and away.
 */
export function connectRedis(options: RedisOptions): Redis {
  const { url, logger } = options;
  const redis = new Redis(url, {
    ...(url.startsWith('rediss:') && { tls: tlsOf(options) }),
    enableOfflineQueue: false,
    // Commands under way when the connection breaks fail; sent again they might be carried out twice.
    maxRetriesPerRequest: 0,
    commandTimeout: options.commandTimeoutMs ?? 1_000,
    socketTimeout: silenceTimeoutMs,
    connectTimeout: 5_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  let isAway = false;
  const noteAway = (error: string) => {
    if (!isAway) logger.warn({ error }, 'redis is away');
    isAway = true;
  };
  redis.on('error', (error: Error) => noteAway(messageOf(error)));
  redis.on('reconnecting', () => noteAway('connection closed'));
  redis.on('ready', () => {
    logger.info(isAway ? 'redis is back' : 'redis connected');
    isAway = false;
  });
  return redis;
}

/** ioredis names no host to the server, which may have certificates for several. */
function tlsOf({ url, ca }: Pick<RedisOptions, 'url' | 'ca'>) {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
  return { ...(isIP(host) === 0 && { servername: host }), ...(ca !== undefined && { ca }) };
}

/** Whether Redis takes what is written now: a full one, or one that may only be read, answers all the same. */
export async function takesWrites(redis: Redis, prefix: string): Promise<boolean> {
  await redis.set(`${prefix}write-probe`, 1, 'EX', 60);
  return true;
}
