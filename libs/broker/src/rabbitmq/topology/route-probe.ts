import { noChange } from '@callbus/contracts/subscription';
import type { Channel, ChannelModel } from 'amqplib';
import { isNotFound } from './declare-once.js';
import type { Names } from './topology.js';

/**
 * Checks whether an announcement would reach a queue that is bound to the watch exchange by its own name. RabbitMQ reports no deletion of
 * an exchange or a binding, and confirms messages to an exchange without bindings.
 */
export function createRouteProbe(model: ChannelModel, { changesExchange }: Names) {
  let opening: Promise<Channel> | undefined;

  async function openChannel(): Promise<Channel> {
    const channel = await model.createChannel();
    channel.on('close', () => (opening = undefined));
    // Errors of the channel reject the request.
    channel.on('error', () => undefined);
    return channel;
  }

  /** @returns true also when RabbitMQ does not answer */
  return async (queue: string): Promise<boolean> => {
    let isReturned = false;
    const onReturn = ({ fields }: { fields: { routingKey: string } }) => (isReturned ||= fields.routingKey === queue);
    try {
      const channel = await (opening ??= openChannel());
      channel.on('return', onReturn);
      channel.publish(changesExchange, queue, noChange, { mandatory: true });
      // The answer follows the return of the message.
      await channel.checkExchange(changesExchange);
      channel.off('return', onReturn);
    } catch (error) {
      return !isNotFound(error);
    }
    return !isReturned;
  };
}
