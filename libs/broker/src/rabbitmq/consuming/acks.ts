import { IllegalOperationError, type Channel, type ConsumeMessage } from 'amqplib';
import type { Verdict } from '../../consuming/work.js';
import { createOpenTags } from '../open-tags.js';

export type Acks = ReturnType<typeof createAcks>;

/**
 * Tells the broker the verdicts on the messages of one channel. Acks wait for the end of the turn of the event loop, so that
 * one frame stands for all that were settled in it without a gap. No ack waits for a slower message.
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
      // The broker knows only tags that are still open: the last of these stands for those before it.
      else if (last === undefined || deliveryTag > last.fields.deliveryTag) last = message;
    }
    if (last !== undefined) channel.ack(last, true);
  }

  return {
    taken: (message: ConsumeMessage) => open.add(message.fields.deliveryTag, message),
    /** What was taken and has no verdict yet. */
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
