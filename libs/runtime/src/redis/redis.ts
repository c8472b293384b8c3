import { isIP } from 'node:net';
import { within } from '@callbus/concurrency/within';
import { Redis } from 'ioredis';
import { makeStringsFast } from './fast-strings.js';
import type { Logger } from '../observability/logger.js';
import { messageOf } from '../observability/message-of.js';

makeStringsFast();

/** A connection whose commands stay unanswered for this long is closed: the server may have disappeared. */
const silenceTimeoutMs = 5_000;
const loginTimeoutMs = 3_000;

export interface RedisOptions {
  readonly url: string;
  /** CA certificates in PEM, trusted instead of the public ones. */
  readonly ca?: string | undefined;
  readonly logger: Logger;
  readonly commandTimeoutMs?: number;
}

/**
 * Opens a connection on which commands never wait: a command fails at once while Redis is away, and after
 * `commandTimeoutMs` while Redis is silent. Redis may have executed a failed command. The connection reconnects by
 * itself, and logs only when Redis goes away or comes back.
 */
export function connectRedis(options: RedisOptions): Redis {
  const { url, logger } = options;
  const redis = new Redis(url, {
    ...tlsOf(options),
    enableOfflineQueue: false,
    // Commands in progress fail when the connection breaks. Sent again, a command might be executed twice.
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

/**
 * Logs in to Redis once.
 *
 * @returns why Redis refuses the login or the number of the database; undefined when it accepts the login or cannot be reached
 */
export async function redisRefusal(options: Pick<RedisOptions, 'url' | 'ca'>): Promise<string | undefined> {
  const redis = new Redis(options.url, {
    ...tlsOf(options),
    lazyConnect: true,
    connectTimeout: loginTimeoutMs,
    retryStrategy: () => null,
  });
  let refusal: string | undefined;
  redis.on('error', (error: Error) => (refusal = refusalIn(error) ?? refusal));
  await within(loginTimeoutMs, redis.connect()).catch(() => undefined);
  redis.disconnect();
  return refusal;
}

/** @returns why Redis refuses the login or the number of the database; undefined when the error is another one */
export function refusalIn({ message }: Error): string | undefined {
  return /^(WRONGPASS|NOAUTH|ERR invalid password|ERR DB index)/.test(message) ? message : undefined;
}

/** The options for TLS, with the server name (SNI), which ioredis does not send: the server may have certificates for several names. */
export function tlsOf({ url, ca }: Pick<RedisOptions, 'url' | 'ca'>) {
  if (!url.startsWith('rediss:')) return {};
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
  return { tls: { ...(isIP(host) === 0 && { servername: host }), ...(ca !== undefined && { ca }) } };
}

/** Checks that Redis accepts writes: a full or read-only Redis still answers. @throws when it does not */
export async function takesWrites(redis: Redis, prefix: string): Promise<boolean> {
  await redis.set(`${prefix}write-probe`, 1, 'EX', 60);
  return true;
}

export interface RedisMemory {
  readonly usedBytes: number;
  /** `maxmemory`; 0 when Redis takes as much as there is. */
  readonly maxBytes: number;
}

/** @returns undefined when Redis does not tell, for example because its user may not ask */
export async function memoryOf(redis: Redis): Promise<RedisMemory | undefined> {
  const text = await redis.info('memory').catch(() => '');
  const bytesOf = (name: string) => new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1];
  const [used, max] = [bytesOf('used_memory'), bytesOf('maxmemory')];
  return used === undefined || max === undefined ? undefined : { usedBytes: Number(used), maxBytes: Number(max) };
}
