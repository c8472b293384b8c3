import type { Redis } from 'ioredis';

/** How often a Redis that cannot is asked again: it may be a replica that is being promoted. */
const askAgainMs = 5_000;
/** Errors of Redis that repeating the command does not cure. */
const inability = /^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN|READONLY)\b/;

/**
 * Knows whether a Redis takes scripts that write to several keys. A Redis in cluster mode takes some keys and refuses others, and a replica
 * refuses all. Each new connection is asked.
 *
 * @param onUnable is told the reason, once for each time that Redis is found unable
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
  // A connection that breaks meanwhile is asked when it is back.
  const askSoon = () => void ask().catch(() => undefined);

  redis.on('ready', askSoon);
  if (redis.status === 'ready') askSoon();

  return {
    isAble(): boolean {
      if (isUnable && performance.now() - askedAt > askAgainMs) askSoon();
      return !isUnable;
    },
    /** @param message of the error that Redis answered to a command */
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
