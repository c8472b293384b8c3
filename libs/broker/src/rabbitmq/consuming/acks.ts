import { IllegalOperationError, type Channel, type ConsumeMessage } from 'amqplib';
import type { Verdict } from '../../consuming/work.js';
import { createOpenTags } from '../open-tags.js';

export type Acks = ReturnType<typeof createAcks>;

/**
 * Sends the acks and rejects of one channel. Acks wait for the end of the turn of the event loop, so that one frame acks a gapless range of
 * messages. No ack waits for a slower message.
 */
export function createAcks(channel: Pick<Channel, 'ack' | 'nack' | 'reject'>) {
  const open = createOpenTags<ConsumeMessage>();
  let waiting: ConsumeMessage[] = [];

  function flush(): void {
    const messages = waiting;
    waiting = [];
    const through = open.oldestTag() - 1;
    let last: ConsumeMessage | undefined;
    for (const message of messages) {
      const { deliveryTag } = message.fields;
      if (deliveryTag > through) channel.ack(message);
      // The broker knows only open tags: the last of them acks all before it.
      else if (last === undefined || deliveryTag > last.fields.deliveryTag) last = message;
    }
    if (last !== undefined) channel.ack(last, true);
  }

  return {
    taken: (message: ConsumeMessage) => open.add(message.fields.deliveryTag, message),
    /** Messages that are taken and not settled yet. */
    held: () => open.values(),

    /** basic.reject counts against the delivery limit; from RabbitMQ 4.3 on basic.nack does not. */
    settle(message: ConsumeMessage, verdict: Verdict): void {
      open.close(message.fields.deliveryTag);
      if (verdict === 'fail') send(() => channel.reject(message, true));
      else if (verdict === 'release') send(() => channel.nack(message, false, true));
      else if (waiting.push(message) === 1) setImmediate(() => send(flush));
    },
  };
}

/** Once the channel is closed the broker delivers the message again. */
function send(verdict: () => void): void {
  try {
    verdict();
  } catch (error) {
    if (!(error instanceof IllegalOperationError)) throw error;
  }
}
