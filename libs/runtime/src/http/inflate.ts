import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate as inflateZlib } from 'node:zlib';
import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';

const gzip = promisify(gunzip);
const inflaters = new Map([
  ['gzip', gzip],
  // An older name for gzip: RFC 9110, section 8.4.1.3.
  ['x-gzip', gzip],
  ['deflate', promisify(inflateZlib)],
  ['br', promisify(brotliDecompress)],
]);

/** The encodings that an answer with status 415 lists. */
export const acceptedEncodings = [...inflaters.keys(), 'identity'].join(', ');

/** A decoder may use 16 MiB for its window, in addition to its output. */
const atOnce = 2;
const chunkSize = 256 * 1024;

/**
 * Inflates only complete bodies, so that a body that arrives slowly uses no more memory than the bytes that have arrived.
 *
 * @param maxOutputLength in bytes
 */
export function createInflate(maxOutputLength: number) {
  const limited = limitConcurrency(atOnce);

  return {
    /** Whether a `Content-Encoding`, in lower case, is supported. */
    knows: (encoding: string) => encoding === 'identity' || inflaters.has(encoding),

    async whole(encoding: string, body: Buffer): Promise<Buffer | 'bodyTooLarge' | 'unreadableBody'> {
      const inflateBody = inflaters.get(encoding);
      if (inflateBody === undefined || body.length === 0) return body;
      try {
        return await limited(() => inflateBody(body, { maxOutputLength, chunkSize }));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        return code === 'ERR_BUFFER_TOO_LARGE' ? 'bodyTooLarge' : 'unreadableBody';
      }
    },
  };
}
