/** The capacity of a publisher for unconfirmed messages, which all of its channels share. */
export interface Capacity {
  readonly maxMessages: number;
  readonly maxBytes: number;
  messages: number;
  bytes: number;
}

export function createCapacity(limits: { readonly maxMessages: number; readonly maxBytes: number }): Capacity {
  return { ...limits, messages: 0, bytes: 0 };
}

export const isFull = ({ messages, bytes, maxMessages, maxBytes }: Capacity) =>
  messages >= maxMessages || bytes >= maxBytes;
export const isHalfEmpty = ({ messages, bytes, maxMessages, maxBytes }: Capacity) =>
  messages <= maxMessages / 2 && bytes <= maxBytes / 2;
