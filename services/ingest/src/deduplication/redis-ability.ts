import type { Redis } from 'ioredis';

/** How often one that cannot is asked whether it can by now, such as a replica that was promoted. */
const askAgainMs = 5_000;
/** How Redis refuses what no repetition makes right. */
const inability = /^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN|READONLY)\b/;

/**
 * Knows whether a Redis can hold what several keys at once are written to: one in cluster mode takes some keys and refuses others, and
 * a replica refuses all. Asks with each new connection.
 *
 * @param onUnable is told why not, once for each time that it is found out
 */
export function watchAbility(redis: Redis, onUnable: (reason: string) => void) {
  let isUnable = false;
  let askedAt = 0;

  async function ask(): Promise<void> {
    askedAt = performance.now();
    const reason = inabilityIn(await redis.info());
    if (reason !== undefined && !isUnable) onUnable(reason);
    isUnable = reason !== undefined;
  }
  // A connection that breaks meanwhile is asked when it is there again.
  const askSoon = () => void ask().catch(() => undefined);

  redis.on('ready', askSoon);
  if (redis.status === 'ready') askSoon();

  return {
    isAble(): boolean {
      if (isUnable && performance.now() - askedAt > askAgainMs) askSoon();
      return !isUnable;
    },
    /** @param message of an error that a command was answered with */
    noteError(message: string): void {
      if (!inability.test(message)) return;
      isUnable = true;
      askedAt = performance.now();
    },
  };
}

/** @param info what Redis says of itself */
function inabilityIn(info: string): string | undefined {
  if (/^redis_mode:cluster\s*$/m.test(info)) return 'Redis is in cluster mode';
  const isReadOnly = !/^slave_read_only:0\s*$/m.test(info);
  return /^role:slave\s*$/m.test(info) && isReadOnly ? 'Redis is a read-only replica' : undefined;
}
