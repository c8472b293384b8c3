/** The body of a request as it came. */
export type CallbackBody = Uint8Array | ArrayBuffer | string;

/** @returns undefined when it is not a body, but what a parser has made of it */
export function bytesOf(body: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  // Not instanceof: the buffer may come from another realm.
  return Object.prototype.toString.call(body) === '[object ArrayBuffer]'
    ? new Uint8Array(body as ArrayBuffer)
    : undefined;
}
