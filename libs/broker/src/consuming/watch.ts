import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { WatchOptions } from '../broker.js';

const pauseMs = 1_000;

/** Calls `onOpen` until it resolves, or until the watch is no longer wanted. */
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

/** Passes a change to the watcher. A watcher that throws loses only this change. */
export function passChange(watch: WatchOptions, body: Buffer, logger: Logger): void {
  try {
    watch.onChange(body);
  } catch (error) {
    logger.error({ err: error }, 'a subscription change could not be taken over');
  }
}
