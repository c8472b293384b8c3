import type { Channel, ChannelModel } from 'amqplib';
import { declareRefusal, declareTopology, type Names } from './topology.js';

/** AMQP 0-9-1, reply codes. */
const notFound = 404;

export type Topology = ReturnType<typeof createTopology>;

/**
 * The queues and exchanges as one process knows them. They are declared once, not on each connection: a bind waits for every node of
 * the cluster, and so for a node that hangs (61 s on RabbitMQ 3.10, until the others give it up).
 */
export function createTopology(names: Names) {
  let declared: Promise<void> | undefined;

  return {
    names,
    /** Declares what this process has not declared yet, or what turned out to be missing. */
    ensure(model: ChannelModel): Promise<void> {
      if (declared !== undefined) return declared;
      const declaring = declareOn(model, names);
      declared = declaring;
      declaring.catch(() => {
        if (declared === declaring) declared = undefined;
      });
      return declaring;
    },
    /** Something is missing: the next connection declares it. */
    forget(): void {
      declared = undefined;
    },
  };
}

/** On channels of their own, since the broker closes the channel on which something turns out to be different. */
export async function declareOn(model: ChannelModel, names: Names): Promise<void> {
  // Whatever cannot be found is there, on a node that is down.
  await onChannel(model, (channel) => declareRefusal(channel, names)).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await onChannel(model, (channel) => declareTopology(channel, names));
}

/** @returns what `use` does, on a channel of its own */
export async function onChannel<T>(model: ChannelModel, use: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await model.createChannel();
  // What goes wrong rejects what was asked.
  channel.on('error', () => undefined);
  const result = await use(channel);
  // Not awaited: amqplib waits for a close-ok without end, also when the connection breaks meanwhile.
  channel.close().catch(() => undefined);
  return result;
}

/** Whether the broker said that a queue or an exchange is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === notFound;
}
