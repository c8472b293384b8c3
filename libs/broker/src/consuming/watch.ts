import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { WatchOptions } from '../broker.js';

const pauseMs = 1_000;

/** Calls `onOpen` until it resolves, or until it is not wanted any more. */
export async function openWatch(watch: WatchOptions, isWanted: () => boolean, logger: Logger): Promise<void> {
  while (isWanted()) {
    try {
      await watch.onOpen();
      return;
    } catch (error) {
      logger.error({ err: error }, 'opening the watch of subscription changes failed, trying again');
      await sleep(pauseMs);
    }
  }
}

/** Hands a change over. A watcher that throws loses this change only. */
export function passChange(watch: WatchOptions, body: Buffer, logger: Logger): void {
  try {
    watch.onChange(body);
  } catch (error) {
    logger.error({ err: error }, 'a subscription change could not be taken over');
  }
}
