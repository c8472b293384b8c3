import type { MessageFormat, Table } from '@callbus/contracts/messages/message-format';
import type { Options } from 'amqplib';
import { createTableOf } from './message-headers.js';

/** A message id is an AMQP short string, which holds 255 bytes. */
const shortStringMaxBytes = 255;

/** The headers that are repeated in properties of AMQP. */
export interface Headers {
  readonly id?: unknown;
  readonly receivedAt?: unknown;
  /** Present in the headers of a batch. */
  readonly events?: unknown;
}

interface MoreProperties {
  /** The table to write instead of encoding the headers. */
  readonly table?: Table | undefined;
  /** Further routing keys. */
  readonly alsoBy?: readonly string[];
}

/** JSON Event Format for CloudEvents, sections 3 and 4. */
const contentTypes = { event: 'application/cloudevents+json', batch: 'application/cloudevents-batch+json' };

/** Makes the properties of a persistent message that must reach a queue. The result is valid until the next call. */
export function createPropertiesOf(format: MessageFormat) {
  const tableOf = createTableOf(format);

  /** @param correlationId identifies the message when it is returned */
  return (headers: Headers, correlationId: string, { table, alsoBy }: MoreProperties = {}): Options.Publish => {
    const { id, receivedAt, events } = headers;
    const properties: Options.Publish = {
      persistent: true,
      mandatory: true,
      contentType: events === undefined ? contentTypes.event : contentTypes.batch,
      correlationId,
      headers: table ?? tableOf(headers, alsoBy),
    };
    if (typeof id === 'string' && Buffer.byteLength(id) <= shortStringMaxBytes) properties.messageId = id;
    // Headers of an unreadable message may hold any number.
    if (Number.isSafeInteger(receivedAt) && Number(receivedAt) >= 0)
      properties.timestamp = Math.floor(Number(receivedAt) / 1_000);
    return properties;
  };
}
