import { startPrivatePostgres } from '@callbus/testing/private-postgres';
import { startPrivateRabbitmq } from '@callbus/testing/private-rabbitmq';
import { startPrivateRedis } from '@callbus/testing/private-redis';

export type DrillServers = Awaited<ReturnType<typeof startServers>>;

/** RabbitMQ, Postgres and Redis of the drill's own, which it may stop and kill. */
export async function startServers() {
  const [rabbitmq, postgres, redis] = await Promise.all([
    startPrivateRabbitmq(),
    startPrivatePostgres(),
    startPrivateRedis(),
  ]);
  return {
    rabbitmq,
    postgres,
    redis,
    place: {
      amqpUrl: rabbitmq.url,
      brokerPrefix: 'callbus.',
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      redisPrefix: 'callbus:',
    },
    remove: () => Promise.all([rabbitmq.remove(), postgres.remove(), redis.remove()]),
  };
}
