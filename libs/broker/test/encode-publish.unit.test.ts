import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createEncodePublish } from '../src/rabbitmq/publishing/encode-publish.js';

/** The encoder of amqplib, which it does not export. */
const require = createRequire(import.meta.url);
const amqplib = dirname(require.resolve('amqplib'));
interface Definitions {
  readonly BasicPublish: number;
  readonly BasicProperties: number;
  encodeMethod(method: number, channel: number, fields: object): Buffer;
  encodeProperties(properties: number, channel: number, size: number, fields: object): Buffer;
}
const definitions = require(join(amqplib, 'lib/defs.js')) as Definitions;
const { publish: argumentsOf } = require(join(amqplib, 'lib/api_args.js')) as {
  readonly publish: (exchange: string, routingKey: string, options: object) => Record<string, unknown>;
};

function encodedByAmqplib(channel: number, fields: Record<string, unknown>, body: Buffer): Buffer {
  const head = Buffer.from([3, channel >> 8, channel & 255, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 3);
  return Buffer.concat([
    definitions.encodeMethod(definitions.BasicPublish, channel, fields),
    definitions.encodeProperties(definitions.BasicProperties, channel, body.length, fields),
    head,
    body,
    Buffer.from([0xce]),
  ]);
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(39, 40, 41, 300).map((length) => 'x'.repeat(length)),
  fc.constantFrom(20, 40, 41).map((length) => `${'x'.repeat(length - 1)}中`),
);
const shortText = anyText.filter((text) => Buffer.byteLength(text) <= 255);
const anyNumber = fc.oneof(
  fc.constantFrom(0, 127, 128, 32_767, 32_768, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 50 - 1),
  fc.integer({ min: 0, max: 2 ** 50 - 1 }),
);
const anyHeaders = fc.dictionary(
  fc.string({ unit: 'grapheme', maxLength: 50 }).filter((name) => Buffer.byteLength(name) <= 255),
  fc.oneof(anyText, anyNumber, fc.boolean(), fc.constant(undefined)),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const anyOptions = fc.record({
  persistent: optional(fc.boolean()),
  mandatory: optional(fc.boolean()),
  contentType: optional(shortText),
  correlationId: optional(shortText),
  messageId: optional(shortText),
  timestamp: optional(fc.integer({ min: 0, max: 2 ** 40 })),
  headers: optional(anyHeaders),
});

test('a message is encoded exactly as by amqplib', () => {
  const encodePublish = createEncodePublish();
  const channels = fc.integer({ min: 1, max: 65_535 });
  const bodies = fc.uint8Array({ minLength: 1, maxLength: 3_000 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(channels, shortText, shortText, anyOptions, bodies, (channel, exchange, routingKey, options, body) => {
      const fields = argumentsOf(exchange, routingKey, options);
      const encoded = encodePublish(channel, fields, body);
      expect(encoded?.equals(encodedByAmqplib(channel, fields, body))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each<[what: string, options: object]>([
  ['a header that is a list', { headers: { deaths: [{ queue: 'q' }] } }],
  ['a header that is null', { headers: { nothing: null } }],
  ['a header that is not a whole number', { headers: { half: 0.5 } }],
  ['a header below zero', { headers: { below: -1 } }],
  ['a header that is too long', { headers: { long: 'x'.repeat(64 * 1024) } }],
  [
    'many headers that are too long together',
    {
      headers: Object.fromEntries(Array.from({ length: 8_000 }, (_, index) => [`name-${index}`, index])),
    },
  ],
  ['a property that Callbus does not use', { replyTo: 'somebody' }],
  ['a property that is too long', { messageId: 'x'.repeat(256) }],
])('%s is left to amqplib', (_what, options) => {
  const encodePublish = createEncodePublish();
  const body = Buffer.from('{}');
  expect(encodePublish(1, argumentsOf('e', 'k', options), body)).toBeUndefined();
  // The next message is not affected.
  const fields = argumentsOf('e', 'k', { headers: { a: 1 } });
  expect(encodePublish(1, fields, body)).toEqual(encodedByAmqplib(1, fields, body));
});
