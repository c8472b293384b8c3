import { openTogether } from '../open-together.js';
import { startPrivatePostgres } from './private-postgres.js';
import { startPrivateRabbitmq } from './private-rabbitmq.js';
import { startPrivateRedis } from './private-redis.js';
import type { PrivateServer } from './private-server.js';

const remove = (server: PrivateServer) => server.remove();

/**
 * Starts a private RabbitMQ, Postgres and Redis, which the caller may stop and kill.
 *
 * @param redis further options of Redis
 * @throws when any cannot be started; then none is left
 */
export function startPrivateServers({ redis: redisOptions = [] }: { redis?: readonly string[] } = {}) {
  return openTogether(async (opening) => {
    const [rabbitmq, postgres, redis] = await Promise.all([
      opening(startPrivateRabbitmq(), remove),
      opening(startPrivatePostgres(), remove),
      opening(startPrivateRedis(...redisOptions), remove),
    ]);
    return { rabbitmq, postgres, redis, remove: () => Promise.all([rabbitmq, postgres, redis].map(remove)) };
  });
}
