import type { Redis } from 'ioredis';

/** The interval at which an unable Redis is checked again: a replica may be promoted. */
const checkIntervalMs = 5_000;
/** Errors that show an unable Redis: the command would fail again. */
const inability = /^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN|READONLY)\b/;

/**
 * Watches whether a Redis is able to run scripts that write to several keys. A Redis in cluster mode takes some keys and
 * refuses others, and a replica refuses all. Each new connection is checked.
 *
 * @param onUnable called with the reason whenever Redis becomes unable
 */
export function watchAbility(redis: Redis, onUnable: (reason: string) => void) {
  let isUnable = false;
  let checkedAt = 0;

  async function check(): Promise<void> {
    checkedAt = performance.now();
    const reason = inabilityIn(await redis.info());
    if (reason !== undefined && !isUnable) onUnable(reason);
    isUnable = reason !== undefined;
  }
  // If the connection breaks during the check, `ready` starts another check.
  const startCheck = () => void check().catch(() => undefined);

  redis.on('ready', startCheck);
  if (redis.status === 'ready') startCheck();

  return {
    isAble(): boolean {
      if (isUnable && performance.now() - checkedAt > checkIntervalMs) startCheck();
      return !isUnable;
    },
    /** @param message the error that Redis returned for a command */
    noteError(message: string): void {
      if (!inability.test(message)) return;
      isUnable = true;
      checkedAt = performance.now();
    },
  };
}

/** @param info the answer to the command INFO */
function inabilityIn(info: string): string | undefined {
  if (/^redis_mode:cluster\s*$/m.test(info)) return 'Redis is in cluster mode';
  const isReadOnly = !/^slave_read_only:0\s*$/m.test(info);
  return /^role:slave\s*$/m.test(info) && isReadOnly ? 'Redis is a read-only replica' : undefined;
}
