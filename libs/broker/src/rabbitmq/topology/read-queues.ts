import { queueNames } from '@callbus/contracts/topology';
import type { ChannelModel } from 'amqplib';
import { BrokerUnavailable, type QueueState } from '../../broker.js';
import { onChannel } from './declare-once.js';
import type { Names } from './topology.js';

/** Whoever asks more often is told what was read last. */
const keptMs = 1_000;

/**
 * Reads every queue's depth by declaring it passively, which needs no plugin and no further port. On a channel of its own,
 * because the broker closes the channel that asks about a missing queue; and on the consuming connection, because the
 * publishing one is not answered while the broker blocks it.
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
    if (latest === undefined || now - latest.at > keptMs) latest = { at: now, states: read() };
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
