import { readFile } from 'node:fs/promises';
import type { KeyHolder } from '@callbus/contracts/keys/holder';
import { CannotStart } from '../lifecycle/cannot-start.js';
import { messageOf } from '../observability/message-of.js';
import { readKeys } from './key-file.js';
import type { Logger } from '../observability/logger.js';

export interface Watching {
  readonly logger: Logger;
  /** Stops watching when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * The file is polled. Unlike a watch, polling works on every file system and with every kind of replacement: in place,
 * by a rename, or by the symbolic links of Kubernetes.
 */
const intervalMs = 1_000;

/**
 * Reads the key file, and reads it again after every change. If the new file is invalid or missing, an error is logged
 * and the old keys stay valid.
 *
 * @returns a look-up of a key's holder by the key's digest
 * @throws CannotStart when the file cannot be read or is invalid at the start
 */
export async function watchKeys(file: string, watching?: Watching): Promise<(digest: string) => KeyHolder | undefined> {
  let { text, keys } = await read().catch((error: unknown) => {
    throw new CannotStart(`KEYS_FILE ${file}: ${messageOf(error)}: correct it, or make a key by npm run key`);
  });
  if (watching) rereadUntilAborted(watching);
  return (digest) => keys.get(digest);

  async function read() {
    const content = await readFile(file, 'utf8');
    return { text: content, keys: readKeys(content) };
  }

  function rereadUntilAborted({ logger, signal }: Watching): void {
    let lastError: string | undefined;
    const timer = setInterval(() => void reread(), intervalMs).unref();
    signal.addEventListener('abort', () => clearInterval(timer));

    async function reread(): Promise<void> {
      try {
        const latest = await read();
        if (latest.text !== text) {
          ({ text, keys } = latest);
          logger.info({ file, keys: keys.size }, 'key file changed');
        }
        lastError = undefined;
      } catch (error) {
        const message = messageOf(error);
        if (message !== lastError)
          logger.error({ file, error: message }, 'key file not valid: the old keys stay valid');
        lastError = message;
      }
    }
  }
}
