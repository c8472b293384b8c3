import { connect } from 'amqplib';

/** Takes a copy of everything that an exchange passes on, into a queue that goes with the connection. */
export async function tapExchange(url: string, exchange: string) {
  const connection = await connect(url, { noDelay: true });
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, '#');
  let messages = 0;
  await channel.consume(queue, () => (messages += 1), { noAck: true });
  return {
    /** Taken so far. */
    messages: () => messages,
    close: () => connection.close(),
  };
}
