/**
 * Encodes texts one after the other in one buffer, because creating and writing a buffer costs more than copying a short text.
 *
 * @param texts none of which ends in half a surrogate pair
 * @returns the bytes, and the position of the end of each text in them
 */
export function joinedBytes(texts: readonly string[]): { bytes: Buffer; ends: readonly number[] } {
  const joined = texts.join('');
  const length = Buffer.byteLength(joined);
  // A text of as many bytes as characters is ASCII, which is copied faster than it is encoded.
  const isAscii = length === joined.length;
  const bytes = Buffer.allocUnsafeSlow(length);
  bytes.write(joined, isAscii ? 'latin1' : 'utf8');
  let end = 0;
  const ends = texts.map((text) => (end += isAscii ? text.length : Buffer.byteLength(text)));
  return { bytes, ends };
}
