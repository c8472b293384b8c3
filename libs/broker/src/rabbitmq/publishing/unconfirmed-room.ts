/** The room for unconfirmed messages, shared by all channels of a publisher. */
export interface Room {
  readonly maxMessages: number;
  readonly maxBytes: number;
  messages: number;
  bytes: number;
}

export function createRoom(limits: { readonly maxMessages: number; readonly maxBytes: number }): Room {
  return { ...limits, messages: 0, bytes: 0 };
}

export const isFull = (room: Room) => room.messages >= room.maxMessages || room.bytes >= room.maxBytes;
export const isHalfEmpty = (room: Room) => room.messages <= room.maxMessages / 2 && room.bytes <= room.maxBytes / 2;
