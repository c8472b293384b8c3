import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '@callbus/concurrency/backoff';
import type { Logger } from '../observability/logger.js';
import { messageOf } from '../observability/message-of.js';

const delays = { firstMs: 250, longestMs: 2_000 };

/**
 * Connects to a server that may not be up yet: tries with backoff until `connect` resolves, and logs each failure.
 *
 * @param what the server, for the log
 * @throws when `signal` is aborted
 */
export async function untilUp<T>(
  what: string,
  connect: () => Promise<T>,
  options: { logger: Logger; signal: AbortSignal },
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await connect();
    } catch (error) {
      options.signal.throwIfAborted();
      const delayMs = backoffMs(failures, delays);
      options.logger.warn({ error: messageOf(error), retryInMs: delayMs }, `waiting for ${what}`);
      await sleep(delayMs, undefined, { signal: options.signal });
    }
  }
}
