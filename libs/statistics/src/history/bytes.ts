const initialSize = 4_096;

export type ByteWriter = ReturnType<typeof createByteWriter>;

/** Writes whole numbers and texts, short ones in few bytes, into a buffer that grows. */
export function createByteWriter() {
  let buffer = Buffer.allocUnsafe(initialSize);
  let length = 0;

  function makeRoom(bytes: number): void {
    if (length + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, length + bytes));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  }

  /** @param value from 0 to 2^53 - 1 */
  function whole(value: number): void {
    makeRoom(8);
    let rest = value;
    while (rest >= 128) {
      buffer[length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    buffer[length++] = rest;
  }

  return {
    whole,
    /** @param value less than 2^52, of either sign */
    signed: (value: number) => whole(value < 0 ? -2 * value - 1 : 2 * value),
    text(text: string): void {
      const size = Buffer.byteLength(text);
      whole(size);
      makeRoom(size);
      length += buffer.write(text, length);
    },
    /** @param text of characters that each stand for a byte */
    latin1(text: string): void {
      makeRoom(text.length);
      for (let index = 0; index < text.length; index += 1) buffer[length++] = text.charCodeAt(index);
    },
    /** Writes the size of the part that `write` writes, and then that part. */
    sized(write: () => void): void {
      const start = length;
      // One byte is enough for the size of most stories.
      whole(0);
      write();
      const size = length - start - 1;
      const more = bytesOf(size) - 1;
      if (more > 0) {
        makeRoom(more);
        buffer.copyWithin(start + 1 + more, start + 1, length);
      }
      length = start;
      whole(size);
      length += size;
    },
    length: () => length,
    written: () => buffer.subarray(0, length),
  };
}

function bytesOf(value: number): number {
  return value < 128 ? 1 : 1 + bytesOf(Math.floor(value / 128));
}

const tooShort = () => new RangeError('the bytes end too early');

export type ByteReader = ReturnType<typeof createByteReader>;

/** Reads the bytes of a writer. Every function throws RangeError beyond the end. */
export function createByteReader(buffer: Buffer) {
  let position = 0;

  function whole(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer[position++];
      if (byte === undefined) throw tooShort();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  function bytes(size: number): Buffer {
    if (position + size > buffer.length) throw tooShort();
    return buffer.subarray(position, (position += size));
  }

  return {
    whole,
    signed(): number {
      const value = whole();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    },
    bytes,
    text: () => bytes(whole()).toString(),
    isAtEnd: () => position >= buffer.length,
  };
}
