import type { EventHeaders } from '@callbus/contracts/event';
import type { ChannelModel } from 'amqplib';

/** In the frame of a message's headers beside them: its other properties, of which the id may have 255 bytes. */
const otherBytes = 512;
/** What amqplib takes. */
const tableMaxBytes = 64 * 1024;
/** What an event's headers grow by on the way: the place of a task, and how it ended. */
const growthBytes = 2_048;
/** Names and figures of an event's headers. */
const fixedBytes = 512;

/** Before each text of a list. */
const lengthBytes = 5;

/** How long a message's headers may be: RabbitMQ ends the connection of a frame that is longer than its `frame_max`. */
export function headersMaxBytes({ connection }: ChannelModel): number {
  const frameMax = 'frameMax' in connection ? Number(connection.frameMax) : tableMaxBytes;
  return Math.min(frameMax, tableMaxBytes) - otherBytes;
}

/** Whether the headers of a message have room. */
export function hasRoom(table: Readonly<Record<string, unknown>>, maxBytes: number): boolean {
  // A character takes three bytes at most.
  return (
    sumOfTexts(table, (text) => 3 * text.length) <= maxBytes ||
    sumOfTexts(table, (text) => Buffer.byteLength(text)) <= maxBytes
  );
}

function sumOfTexts(table: Readonly<Record<string, unknown>>, bytesOf: (text: string) => number): number {
  let sum = 0;
  for (const name in table) {
    const value = table[name];
    if (typeof value === 'string') sum += bytesOf(value);
    else if (Array.isArray(value)) for (const each of value) sum += bytesOf(String(each)) + lengthBytes;
  }
  return sum;
}

/** Whether all that is ever told of an event has room beside its headers. */
export function hasRoomToGrow(headers: EventHeaders, maxBytes: number): boolean {
  const { id, name, type, account, bus } = headers;
  const most = maxBytes - growthBytes;
  const length = id.length + name.length + type.length + account.length + bus.length;
  return 3 * length + fixedBytes <= most || Buffer.byteLength(JSON.stringify(headers)) <= most;
}
