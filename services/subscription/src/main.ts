import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createAuthenticate } from '@callbus/runtime/auth';
import { createApp, listen } from '@callbus/runtime/http-service';
import { connectRedis } from '@callbus/runtime/redis';
import { runService } from '@callbus/runtime/run-service';
import { untilUp } from '@callbus/runtime/until-up';
import { createRedisStatistics } from '@callbus/statistics/redis';
import { createPool } from './database.js';
import { createSubscription } from './service.js';
import { subscriptionSettings } from './settings.js';

await runService({
  name: 'subscription',
  settings: subscriptionSettings,
  env: process.env,
  async start(config, logger, stopping) {
    const authenticate = await createAuthenticate(config, { logger, signal: stopping });
    const pool = createPool({ url: config.DATABASE_URL, logger });
    await untilUp('postgres', () => pool.query('SELECT'), { logger, signal: stopping });
    const broker = await createRabbitmqBroker({
      url: config.AMQP_URL,
      prefix: config.BROKER_PREFIX,
      confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
      name: 'callbus subscription',
      logger,
      signal: stopping,
    });
    const redis = connectRedis({ url: config.REDIS_URL, logger });
    const statistics = createRedisStatistics({ redis, prefix: config.REDIS_PREFIX, logger });
    const subscription = await createSubscription({
      pool,
      broker,
      statistics,
      authenticate,
      internalToken: config.INTERNAL_TOKEN,
      replayRate: config.REPLAY_RATE,
      retentionDays: config.UNDELIVERED_RETENTION_DAYS,
      logger,
    });
    const app = createApp({ routers: [subscription.router], readiness: subscription.readiness, stopping, logger });
    const http = await listen(app, { host: config.HOST, port: config.PORT });
    logger.info({ url: http.url }, 'listening');

    return {
      async close(cut) {
        await http.close(cut);
        await subscription.close();
        await Promise.all([statistics.close(), broker.close()]);
        await pool.end();
      },
    };
  },
});
