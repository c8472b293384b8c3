import type { EventHeaders } from '@callbus/contracts/events/event';
import type { ChannelModel } from 'amqplib';

/** The bytes of all other properties in the header frame of a message. The longest is the id, with at most 255 bytes. */
const otherBytes = 512;
/** The longest headers that amqplib accepts. */
const tableMaxBytes = 64 * 1024;
/** How much the headers of an event may grow from step to step. */
const growthBytes = 2_048;
/** The bytes of the names and numbers in the headers of an event. */
const fixedBytes = 512;

/** The bytes that precede each text of a list. */
const lengthBytes = 5;

/** The limit for the headers of a message. RabbitMQ closes a connection that sends a frame longer than `frame_max`. */
export function headersMaxBytes({ connection }: ChannelModel): number {
  const frameMax = 'frameMax' in connection ? Number(connection.frameMax) : tableMaxBytes;
  return Math.min(frameMax, tableMaxBytes) - otherBytes;
}

/** Whether the headers of a message are within the limit. */
export function fits(table: Readonly<Record<string, unknown>>, maxBytes: number): boolean {
  // The first sum is cheap: a character takes at most three bytes.
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

/** Whether the headers of an event are within the limit, with everything that later steps add to them. */
export function fitsWithGrowth(headers: EventHeaders, maxBytes: number): boolean {
  const { id, name, type, account, bus } = headers;
  const most = maxBytes - growthBytes;
  const length = id.length + name.length + type.length + account.length + bus.length;
  return 3 * length + fixedBytes <= most || Buffer.byteLength(JSON.stringify(headers)) <= most;
}
