import type { Channel, ChannelModel } from 'amqplib';
import { declareRefusal, declareTopology, type Names } from './topology.js';

/** AMQP 0-9-1, reply codes. */
const notFound = 404;

export type Topology = ReturnType<typeof createTopology>;

/**
 * The queues and exchanges as one process knows them. They are declared once, not on each connection, because a bind waits for every node
 * of the cluster, including a hanging one (61 s on RabbitMQ 3.10, until the others give it up).
 */
export function createTopology(names: Names) {
  let declared: Promise<void> | undefined;

  return {
    names,
    /** Declares everything that this process has not declared yet, or that turned out to be missing. */
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

/** Uses channels of its own, because the broker closes a channel on which a declaration differs from what exists. */
export async function declareOn(model: ChannelModel, names: Names): Promise<void> {
  // A queue that cannot be found exists on a node that is down.
  await onChannel(model, (channel) => declareRefusal(channel, names)).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await onChannel(model, (channel) => declareTopology(channel, names));
}

/** @returns what `use` does, on a channel of its own */
export async function onChannel<T>(model: ChannelModel, use: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await model.createChannel();
  // Errors of the channel reject the request.
  channel.on('error', () => undefined);
  const result = await use(channel);
  // Not awaited, because amqplib waits for a close-ok for ever, even when the connection breaks meanwhile.
  channel.close().catch(() => undefined);
  return result;
}

/** Whether the broker has reported a missing queue or exchange. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === notFound;
}
