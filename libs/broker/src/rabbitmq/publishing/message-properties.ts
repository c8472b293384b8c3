import type { MessageFormat, Table } from '@callbus/contracts/message-format';
import type { Options } from 'amqplib';
import { createTableOf } from './message-headers.js';

/** AMQP short strings, of which the message id is one, hold 255 bytes. */
const shortStringMaxBytes = 255;

/** The headers that RabbitMQ's own properties repeat. */
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

/** Makes the properties of a persistent message that has to reach a queue. amqplib must encode them before the next ones are made. */
export function createPropertiesOf(format: MessageFormat) {
  const tableOf = createTableOf(format);

  /**
   * @param correlationId identifies the publish of a returned message
   * @param more `table` replaces the table of the headers; `alsoBy` are routing keys beside the message's own
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
    // Poison may have any number here.
    if (Number.isSafeInteger(receivedAt) && Number(receivedAt) >= 0)
      properties.timestamp = Math.floor(Number(receivedAt) / 1_000);
    return properties;
  };
}
