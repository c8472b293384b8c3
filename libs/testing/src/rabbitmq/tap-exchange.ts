import { connect, type ConsumeMessage } from 'amqplib';

/** Counts the messages that an exchange routes, and passes a copy of each to `onMessage`. Its queue is deleted with the connection. */
export async function tapExchange(
  url: string,
  exchange: string,
  onMessage: (message: ConsumeMessage) => void = () => undefined,
) {
  const connection = await connect(url, { noDelay: true });
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, '#');
  let messages = 0;
  await channel.consume(
    queue,
    (message) => {
      messages += 1;
      if (message !== null) onMessage(message);
    },
    { noAck: true },
  );
  return {
    /** Messages so far. */
    messages: () => messages,
    close: () => connection.close(),
  };
}

/** Binds a queue that has a length limit and no consumer. */
export async function declareTap(
  url: string,
  tap: { queue: string; exchange: string; key: string; maxLength: number; overflow: 'drop-head' | 'reject-publish' },
): Promise<void> {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue(tap.queue, { arguments: { 'x-max-length': tap.maxLength, 'x-overflow': tap.overflow } });
  await channel.bindQueue(tap.queue, tap.exchange, tap.key);
  await connection.close();
}
