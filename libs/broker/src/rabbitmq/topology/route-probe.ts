import { noChange } from '@callbus/contracts/subscription';
import type { Channel, ChannelModel } from 'amqplib';
import { isNotFound } from './declare-once.js';
import type { Names } from './topology.js';

/**
 * Asks RabbitMQ whether an announcement would reach a queue that is bound to the watch exchange by its own name. Nobody is told when an
 * exchange or a binding is deleted, and what is published to an exchange without bindings is confirmed.
 */
export function createRouteProbe(model: ChannelModel, { changesExchange }: Names) {
  let opening: Promise<Channel> | undefined;

  async function openChannel(): Promise<Channel> {
    const channel = await model.createChannel();
    channel.on('close', () => (opening = undefined));
    // What goes wrong rejects what was asked.
    channel.on('error', () => undefined);
    return channel;
  }

  /** @returns true also when RabbitMQ does not say */
  return async (queue: string): Promise<boolean> => {
    let isReturned = false;
    const onReturn = ({ fields }: { fields: { routingKey: string } }) => (isReturned ||= fields.routingKey === queue);
    try {
      const channel = await (opening ??= openChannel());
      channel.on('return', onReturn);
      channel.publish(changesExchange, queue, noChange, { mandatory: true });
      // Answered after a message that is returned.
      await channel.checkExchange(changesExchange);
      channel.off('return', onReturn);
    } catch (error) {
      return !isNotFound(error);
    }
    return !isReturned;
  };
}
