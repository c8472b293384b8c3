import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { messageOf } from '@callbus/runtime/observability/message-of';
import { Failure } from './failure.js';

const MiB = 1024 * 1024;
/** A file that a person writes or captures is smaller. Devices never end. */
const mostBytes = 64 * MiB;

/** Reads a file, or standard input when it is `-`. @throws Failure when it cannot be read or is too large */
export async function readInput(file: string): Promise<Buffer> {
  const input: Readable = file === '-' ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes) throw new Error(`it is larger than ${mostBytes / MiB} MiB`);
    }
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${messageOf(error)}`);
  }
  return Buffer.concat(chunks);
}

/** The text of a file, without a byte order mark. @throws Failure when it is not UTF-8 */
export function textOfInput(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(`${file} is not UTF-8 text`);
  }
}
