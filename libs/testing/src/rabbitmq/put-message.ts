import { connect } from 'amqplib';

export interface PutMessage {
  /** The queue's name, unless an exchange is given. */
  readonly routingKey: string;
  readonly exchange?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Publishes messages straight to the broker, past every service. Resolves when they are confirmed. */
export async function putMessages(amqpUrl: string, messages: readonly PutMessage[]): Promise<void> {
  const connection = await connect(amqpUrl, { noDelay: true });
  try {
    const channel = await connection.createConfirmChannel();
    for (const { exchange = '', routingKey, headers, body } of messages) {
      channel.publish(exchange, routingKey, body, { persistent: true, ...(headers && { headers }) });
    }
    await channel.waitForConfirms();
  } finally {
    await connection.close();
  }
}
