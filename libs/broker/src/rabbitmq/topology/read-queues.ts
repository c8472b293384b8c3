import { queueNames } from '@callbus/contracts/messages/topology';
import type { ChannelModel } from 'amqplib';
import { BrokerUnavailable, type QueueState } from '../../broker.js';
import { onChannel } from './declare-once.js';
import type { Names } from './topology.js';

/** Calls within this time share one reading. */
const sharedMs = 1_000;

/**
 * Reads the depth of every queue by passive declares, which need no plugin and no other port. It uses the consuming connection, because a
 * blocked publishing connection gets no answer. It uses a channel of its own, because the broker closes a channel that asks for a missing
 * queue.
 */
export function createReadQueues(options: { names: Names; model: () => ChannelModel | undefined }) {
  let latest: { readonly at: number; readonly states: Promise<readonly QueueState[]> } | undefined;

  async function read(): Promise<readonly QueueState[]> {
    const model = options.model();
    if (model === undefined) throw new BrokerUnavailable('not connected to rabbitmq');
    try {
      return await readOn(model, options.names);
    } catch (error) {
      throw new BrokerUnavailable(`the queues cannot be read: ${String(error)}`);
    }
  }

  return (): Promise<readonly QueueState[]> => {
    const now = performance.now();
    if (latest === undefined || now - latest.at > sharedMs) latest = { at: now, states: read() };
    return latest.states;
  };
}

function readOn(model: ChannelModel, names: Names): Promise<QueueState[]> {
  return onChannel(model, (channel) =>
    Promise.all(
      queueNames.map(async (name) => {
        const { messageCount, consumerCount } = await channel.checkQueue(names.queue(name));
        return { name, ready: messageCount, consumers: consumerCount };
      }),
    ),
  );
}
