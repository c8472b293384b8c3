import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { measureBroker } from '@callbus/runtime/observability/broker-metrics';
import { createBytesInHand } from '@callbus/runtime/http/bytes-in-hand';
import { createRedisFullAccounts } from '@callbus/runtime/redis/full-accounts';
import { createClockCheck } from '@callbus/runtime/clock/clock-check';
import { httpClock, redisClock } from '@callbus/runtime/clock/reference-clocks';
import { connectionLimitsOf, createApp, listen } from '@callbus/runtime/http/http-service';
import { createMetrics } from '@callbus/runtime/observability/metrics';
import { createRedisPublishRates } from '@callbus/runtime/redis/publish-rates';
import { connectRedis, takesWrites } from '@callbus/runtime/redis/redis';
import { createBodies } from '@callbus/runtime/http/request-body';
import { runService } from '@callbus/runtime/lifecycle/run-service';
import { followFullAccounts } from './quotas/follow-full-accounts.js';
import { createIngestMetrics } from './metrics.js';
import { createRedisDeduplicate } from './deduplication/redis-deduplicate.js';
import { createIngest } from './service.js';
import { ingestSettings } from './settings.js';

/** What a silent Redis may add to a publish. */
const redisTimeoutMs = 150;

await runService({
  name: 'ingest',
  settings: ingestSettings,
  env: process.env,
  async start(config, logger, stopping, tracing) {
    const authenticate = await createAuthenticate(config, { logger, signal: stopping });
    const metrics = createMetrics();
    const rabbitmq = await createRabbitmqBroker({
      url: config.AMQP_URL,
      ca: config.AMQP_CA_FILE,
      prefix: config.BROKER_PREFIX,
      confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
      format: config.MESSAGE_FORMAT,
      name: 'callbus ingest',
      logger,
      signal: stopping,
    });
    const broker = measureBroker(rabbitmq, metrics);
    const redis = connectRedis({
      url: config.REDIS_URL,
      ca: config.REDIS_CA_FILE,
      logger,
      commandTimeoutMs: redisTimeoutMs,
    });
    const inHand = createBytesInHand({ limit: config.MAX_BYTES_IN_HAND });
    metrics.watchBytesInHand(inHand);
    const deduplicate = createRedisDeduplicate({
      redis,
      prefix: config.REDIS_PREFIX,
      windowS: config.DEDUPLICATION_WINDOW_S,
      claimMs: config.CONFIRM_TIMEOUT_MS,
      logger,
    });
    metrics.watchDependency('redis', () => deduplicate.isUsable() && takesWrites(redis, config.REDIS_PREFIX));
    const clock = createClockCheck({
      references: {
        redis: redisClock(redis),
        ...(config.SUBSCRIPTION_URL !== undefined && {
          'the subscription service': httpClock(config.SUBSCRIPTION_URL),
        }),
      },
      limitMs: config.CLOCK_SKEW_LIMIT_S * 1_000,
      registry: metrics.registry,
      logger,
    });
    await clock.start();
    const full = followFullAccounts({
      fullAccounts: createRedisFullAccounts({ redis, prefix: config.REDIS_PREFIX }),
      logger,
    });
    const ingest = createIngest({
      broker,
      deduplicate: config.DEDUPLICATION_WINDOW_S > 0 ? deduplicate : undefined,
      authenticate,
      limits: {
        eventsPerRequest: config.MAX_EVENTS_PER_REQUEST,
        eventBytes: config.MAX_EVENT_BYTES,
        jsonValues: config.MAX_JSON_VALUES,
        nameWords: config.MAX_NAME_WORDS,
      },
      quotas: {
        eventsPerSecond: config.MAX_EVENTS_PER_SECOND,
        bytesPerSecond: config.MAX_BYTES_PER_SECOND,
        isFull: (account) => full.has(account),
      },
      publishRates: createRedisPublishRates({ redis, prefix: config.REDIS_PREFIX }),
      openBody: createBodies(inHand),
      etcErrorStatus: config.ETC_ERROR_STATUS,
      observer: createIngestMetrics(metrics.registry),
      tracing,
      logger,
    });
    const { router, observeRequest } = metrics;
    const routers = [ingest.router, router];
    const app = createApp({
      doors: ingest.doors,
      routers,
      readiness: ingest.readiness,
      publishing: () => broker.publishing(),
      stopping,
      observeRequest,
      logger,
    });
    const http = await listen(app, { host: config.HOST, port: config.PORT, limits: connectionLimitsOf(config) });
    logger.info({ url: http.url }, 'listening');

    return {
      async close(cut) {
        clock.stop();
        await http.close(cut);
        await ingest.close();
        await broker.close();
        full.stop();
        redis.disconnect();
      },
    };
  },
});
