import { readFile } from 'node:fs/promises';
import { readKeys, type KeyHolder } from './key-file.js';
import type { Logger } from '../observability/logger.js';

export interface Watching {
  readonly logger: Logger;
  /** Stops watching when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * The file is polled instead of watched. Polling works on every file system and with every kind of replacement: in
 * place, by a rename, or by the links that Kubernetes swaps.
 */
const intervalMs = 1_000;

/**
 * Reads the key file, and again after every change. If the new file is invalid or missing, the fault is logged and the
 * old keys stay in force.
 *
 * @returns a look-up of a key's holder by the key's digest
 * @throws when the file cannot be read or is invalid at the start
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
