import { startPrivatePostgres } from './private-postgres.js';
import { startPrivateRabbitmq } from './private-rabbitmq.js';
import { startPrivateRedis } from './private-redis.js';

/**
 * Starts a private RabbitMQ, Postgres and Redis, which the caller may stop and kill.
 *
 * @throws when any cannot be started
 */
export async function startPrivateServers() {
  const [rabbitmq, postgres, redis] = await Promise.all([
    startPrivateRabbitmq(),
    startPrivatePostgres(),
    startPrivateRedis(),
  ]);
  const remove = () => Promise.all([rabbitmq.remove(), postgres.remove(), redis.remove()]);
  return { rabbitmq, postgres, redis, remove };
}
