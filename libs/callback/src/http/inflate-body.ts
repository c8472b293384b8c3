import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Transform } from 'node:stream';
import { limitConcurrency } from '@callbus/concurrency/limit-concurrency';

export interface Inflated {
  readonly body: Buffer;
  /** Why `body` is not the whole decoded body. */
  readonly fault?: string;
}

/** Few at a time: a brotli decoder may take 16 MB, whatever the size of its input. */
const mostAtOnce = 4;
/** Two codings of one body are legal, and real servers use no more. */
const mostCodings = 2;

export type InflateBody = (coding: string, body: Buffer) => Promise<Inflated>;

/**
 * Inflates a body that the receiver compressed although the request asked for an uncompressed one. The size is limited,
 * because a kilobyte may inflate to a megabyte. Never rejects.
 *
 * @param options.maxBytes a longer body is cut off, which is not a fault
 */
export function createInflateBody({ maxBytes }: { maxBytes: number }): InflateBody {
  const limited = limitConcurrency(mostAtOnce);

  async function inflate(coding: string, body: Buffer): Promise<Inflated> {
    const codings = coding
      .toLowerCase()
      .split(',')
      .map((each) => each.trim());
    const applied = codings.filter((each) => each !== 'identity' && each !== '').reverse();
    if (applied.length > mostCodings) return { body, fault: `the body has too many codings: ${coding}` };
    let inflated: Inflated = { body };
    for (const each of applied) {
      const decoder = decoderOf(each, inflated.body);
      if (decoder === undefined) return { body, fault: `the body has an unknown coding: ${each}` };
      inflated = await through(decoder, each, inflated.body, maxBytes);
      if (inflated.fault !== undefined) break;
    }
    return inflated;
  }

  return (coding, body) => limited(() => inflate(coding, body));
}

/** A body that we cut off has no end, so the decoders must not require one. */
function decoderOf(coding: string, body: Buffer): Transform | undefined {
  const zlib = { finishFlush: constants.Z_SYNC_FLUSH };
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip(zlib);
  if (coding === 'br') return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
  if (coding !== 'deflate') return undefined;
  // Some servers send a raw deflate stream instead of the zlib format, whose first byte has an 8 in its low four bits.
  return ((body[0] ?? 8) & 0x0f) === 8 ? createInflate(zlib) : createInflateRaw(zlib);
}

function through(decoder: Transform, coding: string, body: Buffer, maxBytes: number): Promise<Inflated> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (fault?: string) => {
      decoder.destroy();
      const inflated = Buffer.concat(chunks, Math.min(length, maxBytes));
      resolve(fault === undefined ? { body: inflated } : { body: inflated, fault });
    };
    decoder.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= maxBytes) end();
    });
    decoder.on('end', () => end());
    decoder.on('error', () => end(`the body is not ${coding}, as it says`));
    decoder.end(body);
  });
}
