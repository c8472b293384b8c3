import type { ChannelModel } from 'amqplib';
import { onChannel } from '../topology/declare-once.js';

/** RabbitMQ replaces this reply address by an address of the channel. */
const replyTo = 'amq.rabbitmq.reply-to';

/** The limit of attempts to reach another node, while only one node is known and while several are known. */
const attemptsForOneNode = 3;
const attemptsForSeveral = 10;
/** After this number of connections to the same node, the broker counts as a single node. */
const connectionsForOneNode = 6;

export type Nodes = ReturnType<typeof createNodes>;

/** Decides whether a new connection is kept. */
export type Admit = (model: ChannelModel) => Promise<boolean>;

/** The nodes of the broker that the connections of this process have reached. A load balancer may lead two connections to the same node. */
export function createNodes(unroutable: string) {
  const known = new Set<string>();
  let connections = 0;

  function attemptsMost(): number {
    if (known.size > 1) return attemptsForSeveral;
    return connections < connectionsForOneNode ? attemptsForOneNode : 0;
  }

  return {
    /**
     * Keeps the connections of a group on different nodes, so that they do not hang together. When several attempts reach no other node, two
     * connections share one.
     *
     * @param mayPublish whether the connection may publish the message that finds its node: during an alarm RabbitMQ would block the connection
     */
    apart(mayPublish: () => Promise<boolean>): Admit {
      const taken = new Map<ChannelModel, string>();
      let attempts = 0;

      return async (model) => {
        const node = (await mayPublish()) ? await nodeOf(model, unroutable) : undefined;
        if (node === undefined) return true;
        known.add(node);
        connections += 1;
        if ([...taken.values()].includes(node) && attempts < attemptsMost()) {
          attempts += 1;
          return false;
        }
        attempts = 0;
        taken.set(model, node);
        model.once('close', () => taken.delete(model));
        return true;
      };
    },
  };
}

/**
 * Finds the node of a connection, which RabbitMQ does not tell its clients. A message that no queue takes is returned with its reply address,
 * which holds the process identifier of the channel in base64, and in it the name of the node or a hash of the name.
 *
 * @returns the same text for connections to the same node; undefined when the node cannot be found
 */
async function nodeOf(model: ChannelModel, unroutable: string): Promise<string | undefined> {
  const address = await onChannel(model, async (channel) => {
    let replaced: unknown;
    channel.on('return', ({ properties }) => {
      replaced = properties.replyTo;
    });
    await channel.consume(replyTo, () => undefined, { noAck: true });
    channel.publish('', unroutable, Buffer.alloc(0), { mandatory: true, replyTo });
    // RabbitMQ answers after it has returned the message.
    await channel.prefetch(1);
    return replaced;
  }).catch(() => undefined);
  const encoded = typeof address === 'string' ? address.slice(replyTo.length + 1).split('.')[0] : undefined;
  return /[\w.-]+@[\w.-]+/.exec(Buffer.from(encoded ?? '', 'base64').toString('latin1'))?.[0];
}
