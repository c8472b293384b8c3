import type { ChannelModel } from 'amqplib';
import { onChannel } from '../topology/declare-once.js';

/** RabbitMQ replaces this reply address by an address of the client's own channel. */
const replyTo = 'amq.rabbitmq.reply-to';

/** Attempts while no second node is known, because there may be none; after so many connections there is none. */
const attemptsForOneNode = 3;
const connectionsForOneNode = 6;
const attemptsForSeveral = 10;

export type Nodes = ReturnType<typeof createNodes>;

/** Whether a new connection may stay. */
export type Admit = (model: ChannelModel) => Promise<boolean>;

/** The broker's nodes, as the connections of one process find them. A balancer may lead two connections to the same node. */
export function createNodes(nobody: string) {
  const known = new Set<string>();
  let asked = 0;

  function attemptsMost(): number {
    if (known.size > 1) return attemptsForSeveral;
    return asked < connectionsForOneNode ? attemptsForOneNode : 0;
  }

  return {
    /**
     * Keeps the connections of a group on different nodes, as far as some attempts find any, so that they do not hang together.
     *
     * @param mayAsk whether RabbitMQ may be asked: the question is a message, and RabbitMQ blocks a connection that sends one during an alarm
     */
    apart(mayAsk: () => Promise<boolean>): Admit {
      const taken = new Map<ChannelModel, string>();
      let attempts = 0;

      return async (model) => {
        const node = (await mayAsk()) ? await nodeOf(model, nobody) : undefined;
        if (node === undefined) return true;
        known.add(node);
        asked += 1;
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
 * RabbitMQ does not tell a client its node. But the reply address is the channel's process identifier in base64, which contains the name of
 * the node or a hash of it. A message that no queue takes comes back with that address.
 *
 * @returns the same text for connections to the same node; undefined when it cannot be found
 */
async function nodeOf(model: ChannelModel, nobody: string): Promise<string | undefined> {
  const address = await onChannel(model, async (channel) => {
    let replaced: unknown;
    channel.on('return', ({ properties }) => {
      replaced = properties.replyTo;
    });
    await channel.consume(replyTo, () => undefined, { noAck: true });
    channel.publish('', nobody, Buffer.alloc(0), { mandatory: true, replyTo });
    // The answer follows the return of the message.
    await channel.prefetch(1);
    return replaced;
  }).catch(() => undefined);
  const encoded = typeof address === 'string' ? address.slice(replyTo.length + 1).split('.')[0] : undefined;
  return /[\w.-]+@[\w.-]+/.exec(Buffer.from(encoded ?? '', 'base64').toString('latin1'))?.[0];
}
