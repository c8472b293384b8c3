import { noChange } from '@callbus/contracts/subscriptions/subscription';
import type { Channel, ChannelModel } from 'amqplib';
import { isNotFound } from './declare-once.js';
import type { Names } from './topology.js';

/**
 * Checks whether announcements reach a queue that is bound to the watch exchange by its own name. RabbitMQ does not report when an exchange or
 * a binding is deleted, and it confirms messages to an exchange without bindings.
 */
export function createRouteProbe(model: ChannelModel, { changesExchange }: Names) {
  let opening: Promise<Channel> | undefined;

  async function openChannel(): Promise<Channel> {
    const channel = await model.createChannel();
    channel.on('close', () => (opening = undefined));
    // The calls below reject with the errors of the channel.
    channel.on('error', () => undefined);
    return channel;
  }

  /** @returns whether announcements reach the queue; true when RabbitMQ does not answer */
  return async (queue: string): Promise<boolean> => {
    let isReturned = false;
    const onReturn = ({ fields }: { fields: { routingKey: string } }) => (isReturned ||= fields.routingKey === queue);
    try {
      const channel = await (opening ??= openChannel());
      channel.on('return', onReturn);
      channel.publish(changesExchange, queue, noChange, { mandatory: true });
      // RabbitMQ answers after it has returned the message.
      await channel.checkExchange(changesExchange);
      channel.off('return', onReturn);
    } catch (error) {
      return !isNotFound(error);
    }
    return !isReturned;
  };
}
