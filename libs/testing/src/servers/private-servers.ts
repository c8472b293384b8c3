import { startPrivatePostgres } from './private-postgres.js';
import { startPrivateRabbitmq } from './private-rabbitmq.js';
import { startPrivateRedis } from './private-redis.js';

/**
 * Starts a private RabbitMQ, Postgres and Redis, which the caller may stop and kill.
 *
 * @param redis further options of Redis
 * @throws when any cannot be started
 */
export async function startPrivateServers({ redis: redisOptions = [] }: { redis?: readonly string[] } = {}) {
  const [rabbitmq, postgres, redis] = await Promise.all([
    startPrivateRabbitmq(),
    startPrivatePostgres(),
    startPrivateRedis(...redisOptions),
  ]);
  const remove = () => Promise.all([rabbitmq.remove(), postgres.remove(), redis.remove()]);
  return { rabbitmq, postgres, redis, remove };
}
