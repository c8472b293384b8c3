import type { Channel, ChannelModel } from 'amqplib';
import { declareRefusal, declareTopology, type Names } from './topology.js';

/** AMQP 0-9-1, reply codes. */
const notFound = 404;

export type Topology = ReturnType<typeof createTopology>;

/**
 * Declares the queues and exchanges, once per process. It does not declare them on each connection, because a bind waits for every node of
 * the cluster, including a hanging one: 61 s on RabbitMQ 3.10, until the other nodes take it for dead.
 */
export function createTopology(names: Names) {
  let declared: Promise<void> | undefined;

  return {
    names,
    /** Declares everything, unless this process has done so since the last `forget`. */
    ensure(model: ChannelModel): Promise<void> {
      if (declared !== undefined) return declared;
      const declaring = declareOn(model, names);
      declared = declaring;
      declaring.catch(() => {
        if (declared === declaring) declared = undefined;
      });
      return declaring;
    },
    /** A queue or exchange is missing, so the next connection declares everything again. */
    forget(): void {
      declared = undefined;
    },
  };
}

/** Uses channels of its own, because the broker closes a channel when a declaration differs from the existing queue or exchange. */
export async function declareOn(model: ChannelModel, names: Names): Promise<void> {
  // Not found although just declared: the queue exists on a node that is down.
  await onChannel(model, (channel) => declareRefusal(channel, names)).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await onChannel(model, (channel) => declareTopology(channel, names));
}

/** Opens a channel for `use`, and closes it afterwards. */
export async function onChannel<T>(model: ChannelModel, use: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await model.createChannel();
  // The calls of `use` reject with the errors of the channel.
  channel.on('error', () => undefined);
  const result = await use(channel);
  // Not awaited, because the close never resolves when the connection is lost meanwhile.
  channel.close().catch(() => undefined);
  return result;
}

/** Whether the broker has reported a missing queue or exchange. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === notFound;
}
