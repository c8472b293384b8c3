import { connect } from 'amqplib';

/** Counts a copy of every message that an exchange routes, in a queue that is deleted with the connection. */
export async function tapExchange(url: string, exchange: string) {
  const connection = await connect(url, { noDelay: true });
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, '#');
  let messages = 0;
  await channel.consume(queue, () => (messages += 1), { noAck: true });
  return {
    /** Messages so far. */
    messages: () => messages,
    close: () => connection.close(),
  };
}
