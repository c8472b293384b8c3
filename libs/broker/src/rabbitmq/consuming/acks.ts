import { IllegalOperationError, type Channel, type ConsumeMessage } from 'amqplib';
import type { Verdict } from '../../consuming/work.js';
import { createOpenTags } from '../open-tags.js';

export type Acks = ReturnType<typeof createAcks>;

/**
 * Sends the acks and rejects of one channel. Acks are sent at the end of each turn of the event loop, so that one frame can ack many
 * messages. No ack waits for a slower message.
 */
export function createAcks(channel: Pick<Channel, 'ack' | 'nack' | 'reject'>) {
  const open = createOpenTags<ConsumeMessage>();
  let waiting: ConsumeMessage[] = [];

  function flush(): void {
    const messages = waiting;
    waiting = [];
    const lastBeforeGap = open.oldestTag() - 1;
    let last: ConsumeMessage | undefined;
    for (const message of messages) {
      const { deliveryTag } = message.fields;
      if (deliveryTag > lastBeforeGap) channel.ack(message);
      // An ack of several messages must name an unacked tag, so it names the last one of this turn.
      else if (last === undefined || deliveryTag > last.fields.deliveryTag) last = message;
    }
    if (last !== undefined) channel.ack(last, true);
  }

  return {
    taken: (message: ConsumeMessage) => open.add(message.fields.deliveryTag, message),
    /** The messages that were taken and are not settled. */
    held: () => open.values(),

    /** A reject counts against the delivery limit. From RabbitMQ 4.3 on, a nack does not. */
    settle(message: ConsumeMessage, verdict: Verdict): void {
      open.close(message.fields.deliveryTag);
      if (verdict === 'fail') send(() => channel.reject(message, true));
      else if (verdict === 'release') send(() => channel.nack(message, false, true));
      else if (waiting.push(message) === 1) setImmediate(() => send(flush));
    },
  };
}

/** Ignores a closed channel, whose messages the broker hands out again. */
function send(settle: () => void): void {
  try {
    settle();
  } catch (error) {
    if (!(error instanceof IllegalOperationError)) throw error;
  }
}
