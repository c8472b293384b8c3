import { isAscii, isUtf8 } from 'node:buffer';

/** The text of a body without its byte order mark. @returns undefined when the bytes are not UTF-8 */
export function utf8Text(bytes: Buffer): string | undefined {
  // What is ASCII, as most is, is the same in Latin-1, which is copied instead of decoded.
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString().replace(/^\uFEFF/, '') : undefined;
}
