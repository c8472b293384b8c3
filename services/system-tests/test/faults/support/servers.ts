import { startPrivateServers } from '@callbus/testing/servers/private-servers';

export type DrillServers = Awaited<ReturnType<typeof startServers>>;
export type DrillPlace = DrillServers['place'];

/** Starts private servers, which the drill may stop and kill. */
export async function startServers() {
  const servers = await startPrivateServers();
  const { rabbitmq, postgres, redis } = servers;
  return {
    ...servers,
    place: {
      amqpUrl: rabbitmq.url,
      brokerPrefix: 'callbus.',
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      redisPrefix: 'callbus:',
    },
  };
}
