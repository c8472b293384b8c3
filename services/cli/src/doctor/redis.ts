import { refusalIn, tlsOf } from '@callbus/runtime/redis/redis';
import { Redis } from 'ioredis';
import { clockFinding, connectionFinding, fault, fine, versionFinding, type Finding } from './finding.js';

const leastVersion = '6.0';
const timeoutMs = 5_000;
/** Redis refuses writes, or evicts, when its memory is full. */
const fullShare = 0.95;

/** Looks at Redis without changing it. */
export async function checkRedis({ url, ca }: { url: string; ca: string | undefined }): Promise<Finding[]> {
  if (!URL.canParse(url)) return [fault('settings', 'REDIS_URL is no URL', 'correct the setting')];
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    ...tlsOf({ url, ca }),
  });
  let failure: unknown;
  redis.on('error', (error: Error) => (failure ??= error));
  try {
    await redis.connect();
    const [seconds] = await redis.time();
    const info = await redis.info();
    // A refused number of the database fails no command.
    if (failure !== undefined) return [failureOf(failure)];
    const valueOf = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? '';
    return [
      fine('Redis', `reached, ${valueOf('used_memory_human')} used`),
      versionFinding('Redis', valueOf('redis_version'), leastVersion),
      clockFinding('Redis', Number(seconds) * 1_000),
      memoryFinding(Number(valueOf('used_memory')), Number(valueOf('maxmemory'))),
    ];
  } catch (error) {
    return [failureOf(failure ?? error)];
  } finally {
    redis.disconnect();
  }
}

function memoryFinding(used: number, most: number): Finding {
  if (most === 0 || used < most * fullShare) return fine('Redis', 'has memory left');
  return fault('Redis', `it is full: ${used} of ${most} bytes`, 'raise maxmemory, or lower TRACES_MAX_BYTES');
}

function failureOf(error: unknown): Finding {
  const refusal = error instanceof Error ? refusalIn(error) : undefined;
  if (refusal !== undefined)
    return fault('Redis', `it refuses the login: ${refusal}`, 'correct REDIS_URL, or ACL SETUSER');
  if (/NOPERM/.test(String(error)))
    return fault('Redis', `the user lacks a permission (${String(error)})`, 'ACL SETUSER … +@all');
  return connectionFinding('Redis', 'REDIS_URL', error);
}
