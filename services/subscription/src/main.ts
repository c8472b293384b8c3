import { followQueues } from '@callbus/broker/follow-queues';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createAddressPolicy } from '@callbus/callback/network/address-policy';
import { createLookup } from '@callbus/callback/dns/look-up';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { measureBroker } from '@callbus/runtime/observability/broker-metrics';
import { createBytesInHand } from '@callbus/runtime/http/bytes-in-hand';
import { createClockCheck } from '@callbus/runtime/clock/clock-check';
import { redisClock } from '@callbus/runtime/clock/reference-clocks';
import { connectionLimitsOf, createApp, listen } from '@callbus/runtime/http/http-service';
import { createRedisFullAccounts } from '@callbus/runtime/redis/full-accounts';
import { createMetrics } from '@callbus/runtime/observability/metrics';
import { createRedisPublishRates } from '@callbus/runtime/redis/publish-rates';
import { createQuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import { connectRedis, takesWrites } from '@callbus/runtime/redis/redis';
import { createBodies } from '@callbus/runtime/http/request-body';
import { runService } from '@callbus/runtime/lifecycle/run-service';
import { untilUp } from '@callbus/runtime/lifecycle/until-up';
import { createRedisQueueFlow } from '@callbus/statistics/queue-flow';
import { createRedisStatistics } from '@callbus/statistics/redis';
import { createPool } from './database/pool.js';
import { postgresClock } from './database/postgres-clock.js';
import { createRedisRevisionMemory } from '@callbus/runtime/redis/revision-memory';
import { createSubscription } from './service.js';
import { limitsOf, subscriptionSettings } from './settings.js';

await runService({
  name: 'subscription',
  settings: subscriptionSettings,
  env: process.env,
  async start(config, logger, stopping) {
    const authenticate = await createAuthenticate(config, { logger, signal: stopping });
    const pool = createPool({ url: config.DATABASE_URL, ca: config.DATABASE_CA_FILE, logger });
    await untilUp('postgres', () => pool.query('SELECT'), { logger, signal: stopping });
    const metrics = createMetrics();
    metrics.watchDependency('postgres', () => pool.query('SELECT').then(() => true));
    const rabbitmq = await createRabbitmqBroker({
      url: config.AMQP_URL,
      ca: config.AMQP_CA_FILE,
      prefix: config.BROKER_PREFIX,
      confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
      format: config.MESSAGE_FORMAT,
      giveBackDelaysMs: config.RETRY_SCHEDULE,
      consumerTimeoutMs: config.BROKER_CONSUMER_TIMEOUT_MS,
      name: 'callbus subscription',
      logger,
      signal: stopping,
    });
    const redis = connectRedis({ url: config.REDIS_URL, ca: config.REDIS_CA_FILE, logger });
    const statistics = createRedisStatistics({ redis, prefix: config.REDIS_PREFIX, logger });
    metrics.watchDependency('redis', () => takesWrites(redis, config.REDIS_PREFIX));
    const queueFlow = createRedisQueueFlow({ redis, prefix: config.REDIS_PREFIX, logger });
    const broker = followQueues(measureBroker(rabbitmq, metrics), queueFlow);
    const inHand = createBytesInHand({ limit: config.MAX_BYTES_IN_HAND });
    metrics.watchBytesInHand(inHand);
    const clock = createClockCheck({
      references: { redis: redisClock(redis), postgres: postgresClock(pool) },
      limitMs: config.CLOCK_SKEW_LIMIT_S * 1_000,
      registry: metrics.registry,
      logger,
    });
    await clock.start();
    const subscription = await createSubscription({
      pool,
      broker,
      statistics,
      queueFlow,
      authenticate,
      internalToken: config.INTERNAL_TOKEN,
      addressPolicy: createAddressPolicy({ allowCidrs: config.CALLBACK_ALLOW_CIDRS }),
      lookup: createLookup({ servers: config.CALLBACK_DNS_SERVERS }),
      secretBox: config.SECRETS_KEY === undefined ? undefined : createSecretBox(config.SECRETS_KEY),
      messageFormat: config.MESSAGE_FORMAT,
      webhookOrigin: config.WEBHOOK_ORIGIN,
      replayRate: config.REPLAY_RATE,
      confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
      retentionDays: config.UNDELIVERED_RETENTION_DAYS,
      openBody: createBodies(inHand),
      jsonValues: config.MAX_JSON_VALUES,
      limits: limitsOf(config),
      fullAccounts: createRedisFullAccounts({ redis, prefix: config.REDIS_PREFIX }),
      publishRates: createRedisPublishRates({ redis, prefix: config.REDIS_PREFIX }),
      quotaMetrics: createQuotaMetrics(metrics.registry),
      revisionMemory: createRedisRevisionMemory({ redis, prefix: config.REDIS_PREFIX }),
      logger,
    });
    const { router, observeRequest } = metrics;
    const routers = [subscription.router, router];
    const publishing = () => broker.publishing();
    const app = createApp({ routers, readiness: subscription.readiness, publishing, stopping, observeRequest, logger });
    const http = await listen(app, { host: config.HOST, port: config.PORT, limits: connectionLimitsOf(config) });
    logger.info({ url: http.url }, 'listening');

    return {
      async close(cut) {
        clock.stop();
        await http.close(cut);
        await subscription.close();
        queueFlow.close();
        await Promise.all([statistics.close(), broker.close()]);
        await pool.end();
      },
    };
  },
});
