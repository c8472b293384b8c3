import type { ChannelModel } from 'amqplib';

/** AMQP 0-9-1, section 4.2.3: a frame is type, channel and size, then the payload, then one byte that marks the end. */
const frameHeadBytes = 7;
const frameEnd = 0xce;
const frame = { method: 1, header: 2, body: 3 };
const basicClass = 60;
const publishMethod = 40;

/** Properties that Callbus does not use. */
const unused = [
  'contentEncoding',
  'priority',
  'replyTo',
  'expiration',
  'type',
  'userId',
  'appId',
  'clusterId',
] as const;

/** The arguments of `publish`, as amqplib has converted them. */
type Publish = Readonly<Record<string, unknown>>;

/** @returns undefined for a message that only amqplib can encode */
export type EncodePublish = (channel: number, publish: Publish, body: Buffer) => Buffer | undefined;

/**
 * The frames before the body are written here first, because their length is not known in advance. The headers of 64 events of 64 kinds take
 * 15 KB of text, for which three bytes per character must be free.
 */
const scratchBytes = 64 * 1024;

/** Longer texts are written by Node. A call of Node costs as much as a loop over this many characters. */
const loopMaxLength = 40;

/** Encodes the frames of a message exactly as amqplib does. */
export function createEncodePublish(): EncodePublish {
  const scratch = Buffer.allocUnsafe(scratchBytes);
  let at = 0;
  let fits = true;

  function putText(text: string): void {
    fits &&= at + 3 * text.length + 64 <= scratchBytes;
    if (!fits) return;
    const start = at;
    if (text.length <= loopMaxLength) {
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index);
        if (code > 0x7f) {
          at = start + scratch.write(text, start);
          return;
        }
        scratch[at] = code;
        at += 1;
      }
    } else at += scratch.write(text, at);
  }

  function putShortString(value: unknown): void {
    const lengthAt = at;
    at += 1;
    if (typeof value === 'string') putText(value);
    else fits = false;
    const length = at - lengthAt - 1;
    fits &&= length <= 255;
    scratch[lengthAt] = length;
  }

  /** @param value a whole number, not negative */
  function putUnsigned(value: number, bytes: 1 | 2 | 4 | 8): void {
    if (bytes === 8) {
      scratch.writeUInt32BE(Math.floor(value / 2 ** 32), at);
      scratch.writeUInt32BE(value >>> 0, at + 4);
    } else if (bytes === 4) scratch.writeUInt32BE(value, at);
    else if (bytes === 2) scratch.writeUInt16BE(value, at);
    else scratch[at] = value;
    at += bytes;
  }

  function putTagged(tag: string, value: number, bytes: 1 | 2 | 4 | 8): void {
    scratch[at] = tag.charCodeAt(0);
    at += 1;
    putUnsigned(value, bytes);
  }

  /** A number has the smallest type that holds it. */
  function putValue(value: unknown): void {
    if (typeof value === 'string') {
      const lengthAt = at + 1;
      putTagged('S', 0, 4);
      putText(value);
      if (fits) scratch.writeUInt32BE(at - lengthAt - 4, lengthAt);
    } else if (Array.isArray(value)) {
      const lengthAt = at + 1;
      putTagged('A', 0, 4);
      for (const each of value as readonly unknown[]) if (fits) putValue(each);
      if (fits) scratch.writeUInt32BE(at - lengthAt - 4, lengthAt);
    } else if (typeof value === 'boolean') putTagged('t', value ? 1 : 0, 1);
    else if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= 2 ** 50) fits = false;
    else if (value < 0x80) putTagged('b', value, 1);
    else if (value < 0x8000) putTagged('s', value, 2);
    else if (value < 0x80000000) putTagged('I', value, 4);
    else putTagged('l', value, 8);
  }

  function putTable(table: unknown): void {
    const lengthAt = at;
    at += 4;
    if (!isTable(table)) {
      fits = false;
      return;
    }
    // Not `Object.entries`, because amqplib makes our headers the prototype of its own.
    for (const name in table) {
      const value: unknown = table[name];
      if (value === undefined) continue;
      putShortString(name);
      putValue(value);
      if (!fits) return;
    }
    scratch.writeUInt32BE(at - lengthAt - 4, lengthAt);
  }

  function putFrame(type: number, channel: number, putPayload: () => void): void {
    const start = at;
    at += frameHeadBytes;
    putPayload();
    if (!fits) return;
    putFrameHead(scratch, start, { type, channel, bytes: at - start - frameHeadBytes });
    scratch[at] = frameEnd;
    at += 1;
  }

  return (channel, publish, body) => {
    at = 0;
    fits = unused.every((name) => publish[name] === undefined);
    putFrame(frame.method, channel, () => {
      putUnsigned(basicClass, 2);
      putUnsigned(publishMethod, 2);
      putUnsigned(0, 2);
      putShortString(publish['exchange']);
      putShortString(publish['routingKey']);
      putUnsigned(publish['mandatory'] === true ? 1 : 0, 1);
    });
    putFrame(frame.header, channel, () => {
      putUnsigned(basicClass, 2);
      putUnsigned(0, 2);
      putUnsigned(body.length, 8);
      const flagsAt = at;
      let flags = 0;
      at += 2;
      const put = (flag: number, value: unknown, putIt: (value: unknown) => void) => {
        if (value === undefined) return;
        flags |= flag;
        putIt(value);
      };
      put(0x8000, publish['contentType'], putShortString);
      put(0x2000, publish['headers'], putTable);
      put(0x1000, publish['deliveryMode'], (value) => putUnsigned(Number(value), 1));
      put(0x0400, publish['correlationId'], putShortString);
      put(0x0080, publish['messageId'], putShortString);
      put(0x0040, publish['timestamp'], (value) => putUnsigned(Number(value), 8));
      scratch.writeUInt16BE(flags, flagsAt);
    });
    if (!fits) return undefined;

    const message = Buffer.allocUnsafe(at + frameHeadBytes + body.length + 1);
    message.set(scratch.subarray(0, at));
    putFrameHead(message, at, { type: frame.body, channel, bytes: body.length });
    message.set(body, at + frameHeadBytes);
    message[message.length - 1] = frameEnd;
    return message;
  };
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function putFrameHead(to: Buffer, at: number, head: { type: number; channel: number; bytes: number }): void {
  to[at] = head.type;
  to.writeUInt16BE(head.channel, at + 1);
  to.writeUInt32BE(head.bytes, at + 3);
}

interface Connection {
  sendMessage(...message: [number, unknown, Publish, unknown, unknown, Buffer]): unknown;
  sentSinceLastCheck: boolean;
  readonly frameMax: number;
  readonly channels: readonly ({ readonly buffer: { write(chunk: Buffer): unknown } } | null)[];
}

/**
 * Replaces the encoder of a connection. amqplib takes 5 to 7 µs for a message with our headers, which is a tenth of ingest's cost of an event;
 * this code takes 2 µs. The replaced function is internal to amqplib. If another version of amqplib lacks it, nothing is replaced.
 */
export function encodeByHand({ connection }: ChannelModel): void {
  if (!isConnection(connection)) return;
  const encodePublish = createEncodePublish();
  const sendMessage = connection.sendMessage.bind(connection);
  connection.sendMessage = (...message) => {
    const [channel, , publish, , , body] = message;
    const isOneFrame = body.length > 0 && body.length + frameHeadBytes + 1 <= connection.frameMax;
    const encoded = isOneFrame ? encodePublish(channel, publish, body) : undefined;
    const buffer = connection.channels[channel]?.buffer;
    if (encoded === undefined || buffer === undefined) return sendMessage(...message);
    connection.sentSinceLastCheck = true;
    return buffer.write(encoded);
  };
}

function isConnection(connection: object): connection is Connection {
  return ['sendMessage', 'sentSinceLastCheck', 'frameMax', 'channels'].every((name) => name in connection);
}
