import type { MessageFormat, Table } from '@callbus/contracts/message-format';
import type { Options } from 'amqplib';
import { createTableOf } from './message-headers.js';

/** AMQP short strings, of which the message id is one, hold 255 bytes. */
const shortStringMaxBytes = 255;

/** What of them RabbitMQ's own properties tell too. */
export interface Headers {
  readonly id?: unknown;
  readonly receivedAt?: unknown;
  /** Of a batch. */
  readonly events?: unknown;
}

interface MoreProperties {
  readonly table?: Table | undefined;
  readonly alsoBy?: readonly string[];
}

/** Of CloudEvents' JSON format, sections 3 and 4. */
const contentTypes = { event: 'application/cloudevents+json', batch: 'application/cloudevents-batch+json' };

/** Makes the properties of a persistent message that has to reach a queue, for amqplib to encode before the next one is made. */
export function createPropertiesOf(format: MessageFormat) {
  const tableOf = createTableOf(format);

  /**
   * @param correlationId by which a returned message names its publish
   * @param more `table` is taken instead of the one that is made of the headers; `alsoBy` are routing keys beside the message's own
   */
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
    // Poison may have any number there.
    if (Number.isSafeInteger(receivedAt) && Number(receivedAt) >= 0)
      properties.timestamp = Math.floor(Number(receivedAt) / 1_000);
    return properties;
  };
}
