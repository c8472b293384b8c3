import { connect } from 'amqplib';
import { waitFor } from '../wait-for.js';

export interface TakenMessage {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Takes the next message from a queue without consumers, past every service. */
export async function takeMessage(amqpUrl: string, queue: string): Promise<TakenMessage> {
  const connection = await connect(amqpUrl, { noDelay: true });
  try {
    const channel = await connection.createChannel();
    return await waitFor(
      async () => {
        const message = await channel.get(queue, { noAck: true });
        return message === false ? undefined : { headers: message.properties.headers ?? {}, body: message.content };
      },
      { what: `a message of ${queue}` },
    );
  } finally {
    await connection.close();
  }
}

/**
 * Takes the next message from a queue and disconnects without settling it, so that the broker returns it to the queue.
 */
export async function returnMessage(amqpUrl: string, queue: string): Promise<void> {
  const connection = await connect(amqpUrl, { noDelay: true });
  try {
    const channel = await connection.createChannel();
    await waitFor(async () => (await channel.get(queue)) !== false, { what: `a message of ${queue}` });
  } finally {
    await connection.close();
  }
}
