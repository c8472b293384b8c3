import { readFile } from 'node:fs/promises';
import { readKeys, type KeyHolder } from './key-file.js';
import type { Logger } from '../observability/logger.js';

export interface Watching {
  readonly logger: Logger;
  /** Ends the watching when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * The file is read again and compared, rather than watched: that works however it is replaced, in place, by a rename or
 * by the links that Kubernetes swaps, and on every file system.
 */
const intervalMs = 1_000;

/**
 * Reads the key file, and again whenever it has changed. A new one that is not valid, or gone, is logged and leaves the
 * old keys in force.
 *
 * @returns looks up the holder of a key by its digest
 * @throws when the file cannot be read or is not valid at the start
 */
export async function watchKeys(file: string, watching?: Watching): Promise<(digest: string) => KeyHolder | undefined> {
  let text = await readFile(file, 'utf8');
  let keys = readKeys(text);
  if (watching) rereadUntilAborted(watching);
  return (digest) => keys.get(digest);

  function rereadUntilAborted({ logger, signal }: Watching): void {
    let lastFault: string | undefined;
    const timer = setInterval(() => void reread(), intervalMs).unref();
    signal.addEventListener('abort', () => clearInterval(timer));

    async function reread(): Promise<void> {
      try {
        const newText = await readFile(file, 'utf8');
        if (newText !== text) {
          keys = readKeys(newText);
          text = newText;
          logger.info({ file, keys: keys.size }, 'key file read again');
        }
        lastFault = undefined;
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error);
        if (fault !== lastFault) logger.error({ file, fault }, 'key file not taken: the old keys stay in force');
        lastFault = fault;
      }
    }
  }
}
