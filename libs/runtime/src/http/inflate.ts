import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate as inflateZlib } from 'node:zlib';
import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';

const gzip = promisify(gunzip);
const inflaters = new Map([
  ['gzip', gzip],
  // RFC 9110 8.4.1.3: the same by the name of before.
  ['x-gzip', gzip],
  ['deflate', promisify(inflateZlib)],
  ['br', promisify(brotliDecompress)],
]);

/** The encodings that an answer 415 names. */
export const acceptedEncodings = [...inflaters.keys(), 'identity'].join(', ');

/** Each may hold a window of 16 MiB beside what it has inflated. */
const atOnce = 2;
const chunkSize = 256 * 1024;

/**
 * Inflates bodies that have come as a whole: one that comes slowly holds no more than what has come.
 *
 * @param maxOutputLength in bytes
 */
export function createInflate(maxOutputLength: number) {
  const limited = limitConcurrency(atOnce);

  return {
    /** By the name of the `Content-Encoding`, in lower case. */
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
