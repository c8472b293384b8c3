import type { EventHeaders } from '@callbus/contracts/event';
import type { ChannelModel } from 'amqplib';

/** The bytes in a message's header frame beside our headers: its other properties, of which the id may have 255 bytes. */
const otherBytes = 512;
/** The longest headers that amqplib accepts. */
const tableMaxBytes = 64 * 1024;
/** By how much an event's headers grow on the way: the members of a task, and how it ended. */
const growthBytes = 2_048;
/** The names and numbers in an event's headers. */
const fixedBytes = 512;

/** The bytes in front of each text of a list. */
const lengthBytes = 5;

/** Bounds the length of a message's headers: RabbitMQ closes a connection that sends a frame longer than its `frame_max`. */
export function headersMaxBytes({ connection }: ChannelModel): number {
  const frameMax = 'frameMax' in connection ? Number(connection.frameMax) : tableMaxBytes;
  return Math.min(frameMax, tableMaxBytes) - otherBytes;
}

/** Whether a message's headers fit. */
export function fits(table: Readonly<Record<string, unknown>>, maxBytes: number): boolean {
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

/** Whether an event's headers fit, together with everything that is added on the way. */
export function fitsWithGrowth(headers: EventHeaders, maxBytes: number): boolean {
  const { id, name, type, account, bus } = headers;
  const most = maxBytes - growthBytes;
  const length = id.length + name.length + type.length + account.length + bus.length;
  return 3 * length + fixedBytes <= most || Buffer.byteLength(JSON.stringify(headers)) <= most;
}
