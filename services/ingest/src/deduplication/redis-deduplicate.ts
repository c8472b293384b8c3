import { randomBytes } from 'node:crypto';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Redis } from 'ioredis';
import type { Claim, Deduplicate } from './deduplicate.js';
import { watchAbility } from './redis-ability.js';

export interface RedisDeduplicateOptions {
  /** The command time-out of this connection limits the delay that a silent Redis adds to a publish. */
  readonly redis: Redis;
  readonly prefix: string;
  readonly windowS: number;
  /** How long a claim is valid: the time that the broker may take to confirm a publish. */
  readonly claimMs: number;
  readonly logger: Logger;
}

/*
 * An event has two keys: one exists while the event is remembered as published, the other while a process is publishing
 * the event. The second key holds the owner of the claim. An older ingest, which has no claims, reads only the first key,
 * and so never takes a claim for a publish.
 *
 * Each script is one command for all identities, because a pipeline of a hundred commands costs ingest nine times as much. The
 * identities are one argument: a hundred arguments cost a fifth more. The scripts make the keys from the prefix, the only declared key.
 */
const claimAll = `
local claims = {}
for index, identity in ipairs(cjson.decode(ARGV[1])) do
  local key = KEYS[1] .. identity
  local claim = key .. ':claim'
  if redis.call('EXISTS', key) == 1 then claims[index] = 1
  elseif redis.call('SET', claim, ARGV[2], 'PX', ARGV[3], 'NX') then claims[index] = 0
  elseif redis.call('GET', claim) == ARGV[2] then claims[index] = 0
  else claims[index] = 2 end
end
return table.concat(claims)`;
const rememberAll = `
for _, identity in ipairs(cjson.decode(ARGV[1])) do redis.call('SET', KEYS[1] .. identity, '1', 'EX', ARGV[2]) end`;
const giveBackAll = `
for _, identity in ipairs(cjson.decode(ARGV[1])) do
  local claim = KEYS[1] .. identity .. ':claim'
  if redis.call('GET', claim) == ARGV[2] then redis.call('DEL', claim) end
end`;

/** The claims by the digits that the script returns, one for each identity. */
const claims: Readonly<Record<string, Claim>> = { 0: 'fresh', 1: 'repeat', 2: 'claimed' };
const freshClaim = '0';

/** A full Redis takes some writes and refuses others. The outage lasts until Redis has refused no write for this long. */
const quietMs = 10_000;

/** Takes one round trip per call for any number of events. While Redis is away, repeats are not recognized. */
export function createRedisDeduplicate(options: RedisDeduplicateOptions): Deduplicate & { isUsable(): boolean } {
  const { redis, prefix, windowS, claimMs, logger } = options;
  const owner = randomBytes(9).toString('base64url');
  const keyPrefix = `${prefix}seen:`;
  /** The time of the last failure of an outage that was logged. */
  let failedAt: number | undefined;
  let didLastFail = false;
  const ability = watchAbility(redis, (reason) => noteFailure(reason));

  function noteFailure(reason: string): void {
    if (failedAt === undefined) logger.warn({ reason }, 'publishing without deduplication');
    failedAt = performance.now();
    didLastFail = true;
  }

  /** Ends an outage. Only a write can end it: a Redis that takes no writes still answers reads. */
  function noteWritten(): void {
    if (failedAt === undefined || performance.now() - failedAt < quietMs) return;
    logger.info('deduplicating again');
    failedAt = undefined;
  }

  /** @returns undefined when Redis has not run the script */
  async function run(script: string, identities: readonly string[], ...values: (string | number)[]): Promise<unknown> {
    if (!ability.isAble()) return undefined;
    try {
      const result = await redis.eval(script, 1, keyPrefix, JSON.stringify(identities), ...values);
      didLastFail = false;
      return result;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      ability.noteError(reason);
      noteFailure(reason);
      return undefined;
    }
  }

  async function waitUnlessFailing(running: Promise<unknown>): Promise<void> {
    // After a failure, no call waits for a Redis that may still be silent.
    if (!didLastFail) await running;
  }

  return {
    claimMs,
    async claim(identities) {
      const found = identities.length === 0 ? '' : await run(claimAll, identities, owner, claimMs);
      if (typeof found !== 'string') return identities.map((): Claim => 'fresh');
      if (found.includes(freshClaim)) noteWritten();
      return Array.from(found, (digit) => claims[digit] ?? 'fresh');
    },
    confirm: (identities) =>
      waitUnlessFailing(
        run(rememberAll, identities, windowS).then((result) => {
          if (result !== undefined) noteWritten();
        }),
      ),
    giveBack: (identities) => waitUnlessFailing(run(giveBackAll, identities, owner)),
    /** Whether Redis is connected and able to run the scripts. */
    isUsable: () => redis.status === 'ready' && ability.isAble(),
  };
}
