import { retryTiers } from '@callbus/contracts/messages/topology';
import { connect, type Channel, type ChannelModel } from 'amqplib';

const queues = ['events', 'deliveries', 'undelivered', 'refusing', ...retryTiers.map((tier) => `retry.${tier.name}`)];
const exchanges = ['accepted', 'accepted.guard', 'events', 'refusal', 'subscription.changes', 'subscription.watch'];

export async function deleteTopology(url: string, prefix: string): Promise<void> {
  await withConnection(url, (connection) =>
    withChannel(connection, async (channel) => {
      await Promise.all(queues.map((queue) => channel.deleteQueue(prefix + queue)));
      await Promise.all(exchanges.map((exchange) => channel.deleteExchange(prefix + exchange)));
    }),
  );
}

/** @returns the parts of the topology that exist under one of the prefixes, such as `queue t3f9a61c2.events` */
export async function findTopology(url: string, prefixes: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  await withConnection(url, async (connection) => {
    const note = async (what: string, check: (channel: Channel) => Promise<unknown>) => {
      if (await exists(connection, check)) found.push(what);
    };
    for (const prefix of prefixes) {
      await Promise.all([
        ...queues.map((name) => note(`queue ${prefix}${name}`, (channel) => channel.checkQueue(prefix + name))),
        ...exchanges.map((name) =>
          note(`exchange ${prefix}${name}`, (channel) => channel.checkExchange(prefix + name)),
        ),
      ]);
    }
  });
  return found;
}

/** The number of consumers of a queue that exists. @throws for another */
export async function consumersOf(url: string, queue: string): Promise<number> {
  let consumers = 0;
  await withConnection(url, async (connection) => {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    consumers = (await channel.checkQueue(queue)).consumerCount;
  });
  return consumers;
}

/** Also succeeds for a queue that does not exist. */
export async function deleteQueue(url: string, queue: string): Promise<void> {
  await withConnection(url, (connection) =>
    withChannel(connection, async (channel) => {
      await channel.deleteQueue(queue);
    }),
  );
}

/** A passive declare of a missing object closes its channel, so each declare has its own. */
async function exists(connection: ChannelModel, check: (channel: Channel) => Promise<unknown>): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    await check(channel);
  } catch {
    return false;
  }
  await channel.close();
  return true;
}

async function withConnection(url: string, use: (connection: ChannelModel) => Promise<void>): Promise<void> {
  const connection = await connect(url, { noDelay: true });
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

async function withChannel(connection: ChannelModel, use: (channel: Channel) => Promise<void>): Promise<void> {
  const channel = await connection.createChannel();
  await use(channel);
  await channel.close();
}
