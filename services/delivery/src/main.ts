import { once } from 'node:events';
import { followQueues } from '@callbus/broker/follow-queues';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createLocalSurvivals } from '@callbus/broker/survivals';
import { createAddressPolicy } from '@callbus/callback/network/address-policy';
import { createLookup } from '@callbus/callback/dns/look-up';
import { createPost } from '@callbus/callback/post';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { measureBroker } from '@callbus/runtime/observability/broker-metrics';
import { createApp, listen } from '@callbus/runtime/http/http-service';
import { createClockCheck } from '@callbus/runtime/clock/clock-check';
import { httpClock, redisClock } from '@callbus/runtime/clock/reference-clocks';
import { createMetrics } from '@callbus/runtime/observability/metrics';
import { connectRedis, takesWrites } from '@callbus/runtime/redis/redis';
import { runService } from '@callbus/runtime/lifecycle/run-service';
import { userAgent } from '@callbus/runtime/config/version';
import { createRedisQueueFlow } from '@callbus/statistics/queue-flow';
import { createRedisStatistics } from '@callbus/statistics/redis';
import { createRedisSurvivals } from '@callbus/statistics/survivals';
import { createDeliveryMetrics } from './metrics.js';
import { createDelivery } from './service.js';
import { deliverySettings } from './settings.js';
import { createSubscriptionClient } from './subscription-client.js';

await runService({
  name: 'delivery',
  settings: deliverySettings,
  env: process.env,
  async start(config, logger, stopping, tracing) {
    const metrics = createMetrics();
    const redis = connectRedis({ url: config.REDIS_URL, ca: config.REDIS_CA_FILE, logger });
    const rabbitmq = await createRabbitmqBroker({
      url: config.AMQP_URL,
      ca: config.AMQP_CA_FILE,
      prefix: config.BROKER_PREFIX,
      confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
      format: config.MESSAGE_FORMAT,
      giveBackDelaysMs: config.RETRY_SCHEDULE,
      consumerTimeoutMs: config.BROKER_CONSUMER_TIMEOUT_MS,
      survivals: createRedisSurvivals({
        redis,
        prefix: config.REDIS_PREFIX,
        local: createLocalSurvivals(),
        logger,
      }),
      name: 'callbus delivery',
      logger,
      signal: stopping,
    }).catch((error: unknown) => {
      redis.disconnect();
      throw error;
    });
    const statistics = createRedisStatistics({ redis, prefix: config.REDIS_PREFIX, logger });
    metrics.watchDependency('redis', () => takesWrites(redis, config.REDIS_PREFIX));
    const queueFlow = createRedisQueueFlow({ redis, prefix: config.REDIS_PREFIX, logger });
    const broker = followQueues(measureBroker(rabbitmq, metrics), queueFlow);
    const post = createPost({
      userAgent,
      addressPolicy: createAddressPolicy({ allowCidrs: config.CALLBACK_ALLOW_CIDRS }),
      lookup: createLookup({ servers: config.CALLBACK_DNS_SERVERS }),
      connectionMaxAgeMs: config.CALLBACK_CONNECTION_MAX_AGE,
    });
    const client = createSubscriptionClient({ url: config.SUBSCRIPTION_URL, token: config.INTERNAL_TOKEN });
    const clock = createClockCheck({
      references: { redis: redisClock(redis), 'the subscription service': httpClock(config.SUBSCRIPTION_URL) },
      limitMs: config.CLOCK_SKEW_LIMIT_S * 1_000,
      registry: metrics.registry,
      logger,
    });
    await clock.start();
    const measures = createDeliveryMetrics(metrics.registry);
    const delivery = createDelivery({
      broker,
      client,
      post,
      statistics,
      prefetch: config.WORKER_PREFETCH,
      retrySchedule: config.RETRY_SCHEDULE,
      maxEventAgeMs: config.MAX_EVENT_AGE,
      isClockTrusted: clock.isTrusted,
      secretBox: config.SECRETS_KEY === undefined ? undefined : createSecretBox(config.SECRETS_KEY),
      format: config.MESSAGE_FORMAT,
      measure: measures.measure,
      tracing,
      logger,
    });
    measures.watch(delivery);
    const { router, observeRequest } = metrics;
    const app = createApp({
      routers: [router],
      readiness: delivery.readiness,
      publishing: () => broker.publishing(),
      stopping,
      observeRequest,
      logger,
    });
    const http = await listen(app, { host: config.HOST, port: config.PORT });
    logger.info({ url: http.url }, 'listening');
    // Told to stop before its directory is loaded, it has nothing to drain.
    await Promise.race([delivery.started, once(stopping, 'abort')]);
    stopping.throwIfAborted();
    logger.info('taking work');

    return {
      async close(cut) {
        // What is still under way when the time is up goes back to its queue with the connection.
        await Promise.race([delivery.close(), once(cut, 'abort')]);
        clock.stop();
        queueFlow.close();
        await Promise.all([http.close(cut), statistics.close()]);
        if (!cut.aborted) await Promise.all([post.close(), broker.close()]);
      },
    };
  },
});
