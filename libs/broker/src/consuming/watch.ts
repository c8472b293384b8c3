import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { WatchOptions } from '../broker.js';

const pauseMs = 1_000;

/** Calls `onOpen` again and again until it resolves or the watch is no longer wanted. */
export async function openWatch(watch: WatchOptions, isWanted: () => boolean, logger: Logger): Promise<void> {
  while (isWanted()) {
    try {
      await watch.onOpen();
      return;
    } catch (error) {
      logger.error({ err: error }, 'opening the watch of changes failed and is tried again');
      await sleep(pauseMs);
    }
  }
}

/** Passes a change to the watcher. When the watcher throws, it misses only this change. */
export function passChange(watch: WatchOptions, body: Buffer, logger: Logger): void {
  try {
    watch.onChange(body);
  } catch (error) {
    logger.error({ err: error }, 'a change could not be applied');
  }
}
