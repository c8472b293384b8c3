import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { followQueues } from '@callbus/broker/follow-queues';
import { createMemoryBroker } from '@callbus/broker/memory';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createAddressPolicy } from '@callbus/callback/network/address-policy';
import { createLookup } from '@callbus/callback/dns/look-up';
import { createPost } from '@callbus/callback/post';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { createDeliveryMetrics } from '@callbus/delivery/metrics';
import { createDelivery } from '@callbus/delivery/service';
import { createSubscriptionClient } from '@callbus/delivery/subscription-client';
import { createMemoryDeduplicate } from '@callbus/ingest/deduplication/deduplicate';
import { followFullAccounts } from '@callbus/ingest/quotas/follow-full-accounts';
import { createIngestMetrics } from '@callbus/ingest/metrics';
import { createRedisDeduplicate } from '@callbus/ingest/deduplication/redis-deduplicate';
import { createIngest } from '@callbus/ingest/service';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { measureBroker } from '@callbus/runtime/observability/broker-metrics';
import { createBytesInHand } from '@callbus/runtime/http/bytes-in-hand';
import { connectionLimitsOf, createApp } from '@callbus/runtime/http/http-service';
import type { Logger } from '@callbus/runtime/observability/logger';
import { createClockCheck } from '@callbus/runtime/clock/clock-check';
import { redisClock } from '@callbus/runtime/clock/reference-clocks';
import { createMemoryFullAccounts, createRedisFullAccounts } from '@callbus/runtime/redis/full-accounts';
import { createMetrics } from '@callbus/runtime/observability/metrics';
import { createMemoryPublishRates, createRedisPublishRates } from '@callbus/runtime/redis/publish-rates';
import { createQuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import { connectRedis, takesWrites } from '@callbus/runtime/redis/redis';
import { createBodies } from '@callbus/runtime/http/request-body';
import type { Tracing } from '@callbus/runtime/observability/tracing';
import { untilUp } from '@callbus/runtime/lifecycle/until-up';
import { userAgent } from '@callbus/runtime/config/version';
import { createMemoryStatistics } from '@callbus/statistics/memory';
import { createMemoryQueueFlow, createRedisQueueFlow } from '@callbus/statistics/queue-flow';
import { createRedisStatistics } from '@callbus/statistics/redis';
import { createPool } from '@callbus/subscription/database/pool';
import { postgresClock } from '@callbus/subscription/database/postgres-clock';
import { createRedisRevisionMemory } from '@callbus/runtime/redis/revision-memory';
import { createSubscription } from '@callbus/subscription/service';
import { limitsOf } from '@callbus/subscription/settings';
import { createClosingStack, type ClosingStack } from './closing-stack.js';
import { lockDataDir } from './embedded/data-lock.js';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { openPort, type OpenPort } from './http/open-port.js';
import { createRefuseCrossSite } from './http/refuse-cross-site.js';
import { createSampleReceiver } from './demo/sample-receiver.js';
import { readSecretsKey } from './embedded/secrets-key.js';
import type { StandaloneConfig } from './settings.js';
import { watchDatabase } from './watch-database.js';

export interface Standalone {
  readonly url: string;
  /** What is embedded, in words. */
  readonly embedded: readonly string[];
  /** @param cut aborted when the drain's time is up */
  close(cut?: AbortSignal): Promise<void>;
}

export interface StandaloneOptions {
  readonly config: StandaloneConfig;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  /** Is told what the sample receiver gets. */
  readonly show: (line: string) => void;
  readonly tracing?: Tracing | undefined;
}

/** Starts all three services in this process, each on the real server that is configured or on its embedded stand-in. */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { config } = options;
  const limits = connectionLimitsOf(config);
  const http = await openPort({ host: config.HOST, port: config.PORT, limits });
  const opened = createClosingStack();
  try {
    const servers = await openServers(options, opened);
    await openServices(options, { ...servers, http }, opened);
    return {
      url: http.url,
      embedded: describe(options.config, servers.postgresDir),
      close: (cut) => opened.close(cut),
    };
  } catch (error) {
    await opened.close();
    await http.close();
    throw error;
  }
}

type Servers = Awaited<ReturnType<typeof openServers>> & { readonly http: OpenPort };

async function openServers({ config, logger, stopping }: StandaloneOptions, opened: ClosingStack) {
  const metrics = createMetrics();
  const unmeasured =
    config.AMQP_URL === undefined
      ? createMemoryBroker({ logger })
      : await createRabbitmqBroker({
          url: config.AMQP_URL,
          ca: config.AMQP_CA_FILE,
          prefix: config.BROKER_PREFIX,
          confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
          format: config.MESSAGE_FORMAT,
          giveBackDelaysMs: config.RETRY_SCHEDULE,
          consumerTimeoutMs: config.BROKER_CONSUMER_TIMEOUT_MS,
          name: 'callbus standalone',
          logger,
          signal: stopping,
        });
  opened.pushDraining(() => unmeasured.close());

  let databaseUrl = config.DATABASE_URL;
  let postgresDir: string | undefined;
  if (databaseUrl === undefined) {
    const dataDir = resolve(config.CALLBUS_DATA_DIR);
    const lock = await lockDataDir(dataDir);
    opened.push(() => lock.release());
    const postgres = await startEmbeddedPostgres({ dataDir, logger });
    opened.push(() => postgres.stop());
    databaseUrl = postgres.url;
    postgresDir = postgres.dataDir;
  }
  const pool = createPool({ url: databaseUrl, ca: config.DATABASE_CA_FILE, logger });
  opened.push(() => pool.end());
  const ping = () => pool.query('SELECT');
  metrics.watchDependency('postgres', () => ping().then(() => true));
  await untilUp('postgres', ping, { logger, signal: stopping });
  const database = watchDatabase(ping);
  opened.push(() => database.stop());

  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : connectRedis({ url: config.REDIS_URL, ca: config.REDIS_CA_FILE, logger });
  const statistics = redis
    ? createRedisStatistics({ redis, prefix: config.REDIS_PREFIX, logger })
    : createMemoryStatistics();
  opened.push(() => statistics.close());
  metrics.watchDependency('redis', () => redis === undefined || takesWrites(redis, config.REDIS_PREFIX));
  const queueFlow = redis
    ? createRedisQueueFlow({ redis, prefix: config.REDIS_PREFIX, logger })
    : createMemoryQueueFlow();
  opened.push(() => {
    queueFlow.close();
    return Promise.resolve();
  });
  const clock = createClockCheck({
    references: {
      ...(redis !== undefined && { redis: redisClock(redis) }),
      // An embedded one goes by this machine's clock.
      ...(config.DATABASE_URL !== undefined && { postgres: postgresClock(pool) }),
    },
    limitMs: config.CLOCK_SKEW_LIMIT_S * 1_000,
    registry: metrics.registry,
    logger,
  });
  opened.push(() => clock.stop());
  await clock.start();
  const broker = followQueues(measureBroker(unmeasured, metrics), queueFlow);
  return { broker, pool, clock, database, redis, statistics, queueFlow, metrics, postgresDir };
}

async function openServices(
  { config, logger, stopping, show, tracing }: StandaloneOptions,
  { http, broker, pool, clock, database, redis, statistics, queueFlow, metrics }: Servers,
  opened: ClosingStack,
): Promise<void> {
  const authenticate = await createAuthenticate(config, { logger, signal: stopping });
  const addressPolicy = createAddressPolicy({ allowCidrs: config.CALLBACK_ALLOW_CIDRS });
  const lookup = createLookup({ servers: config.CALLBACK_DNS_SERVERS });
  const internalToken = config.INTERNAL_TOKEN ?? randomBytes(24).toString('base64url');
  const inHand = createBytesInHand({ limit: config.MAX_BYTES_IN_HAND });
  metrics.watchBytesInHand(inHand);
  const openBody = createBodies(inHand);
  const windowS = config.DEDUPLICATION_WINDOW_S;
  const fullAccounts = redis
    ? createRedisFullAccounts({ redis, prefix: config.REDIS_PREFIX })
    : createMemoryFullAccounts();
  const publishRates = redis
    ? createRedisPublishRates({ redis, prefix: config.REDIS_PREFIX })
    : createMemoryPublishRates();
  const full = followFullAccounts({ fullAccounts, logger });
  opened.push(() => {
    full.stop();
    return Promise.resolve();
  });
  const ingest = createIngest({
    broker,
    deduplicate: redis
      ? createRedisDeduplicate({
          redis,
          prefix: config.REDIS_PREFIX,
          windowS,
          claimMs: config.CONFIRM_TIMEOUT_MS,
          logger,
        })
      : createMemoryDeduplicate({ windowS, now: Date.now }),
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
    publishRates,
    openBody,
    etcErrorStatus: config.ETC_ERROR_STATUS,
    observer: createIngestMetrics(metrics.registry),
    tracing,
    logger,
  });
  const secretsKey = await findSecretsKey(config);
  const secretBox = secretsKey === undefined ? undefined : createSecretBox(secretsKey);
  const subscription = await createSubscription({
    pool,
    broker,
    statistics,
    queueFlow,
    authenticate,
    internalToken,
    addressPolicy,
    lookup,
    secretBox,
    messageFormat: config.MESSAGE_FORMAT,
    webhookOrigin: config.WEBHOOK_ORIGIN,
    replayRate: config.REPLAY_RATE,
    confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
    retentionDays: config.UNDELIVERED_RETENTION_DAYS,
    openBody,
    jsonValues: config.MAX_JSON_VALUES,
    limits: limitsOf(config),
    fullAccounts,
    publishRates,
    quotaMetrics: createQuotaMetrics(metrics.registry),
    revisionMemory: redis && createRedisRevisionMemory({ redis, prefix: config.REDIS_PREFIX }),
    logger,
  });
  opened.push(() => subscription.close());

  const readiness = { current: (): Record<string, boolean> => ({ delivery: false }) };
  const app = createApp({
    doors: ingest.doors,
    routers: [ingest.router, subscription.router, createSampleReceiver(show), metrics.router],
    // With AUTH a page would have to know a key.
    ...(config.AUTH === 'none' && { refuse: createRefuseCrossSite(config.ALLOWED_HOSTS) }),
    readiness: () => ({
      ...ingest.readiness(),
      ...subscription.readiness(),
      // No replica stands in for this process, and an embedded database is a part of it.
      database: database.isUp(),
      ...readiness.current(),
    }),
    publishing: () => broker.publishing(),
    stopping,
    observeRequest: metrics.observeRequest,
    logger,
  });
  http.serve(app);

  const post = createPost({
    userAgent,
    addressPolicy,
    lookup,
    connectionMaxAgeMs: config.CALLBACK_CONNECTION_MAX_AGE,
  });
  opened.pushDraining(() => post.close());
  const measures = createDeliveryMetrics(metrics.registry);
  const delivery = createDelivery({
    broker,
    client: createSubscriptionClient({ url: http.url, token: internalToken }),
    post,
    statistics,
    prefetch: config.WORKER_PREFETCH,
    retrySchedule: config.RETRY_SCHEDULE,
    maxEventAgeMs: config.MAX_EVENT_AGE,
    isClockTrusted: clock.isTrusted,
    secretBox,
    format: config.MESSAGE_FORMAT,
    measure: measures.measure,
    tracing,
    logger,
  });
  measures.watch(delivery);
  readiness.current = delivery.readiness;
  opened.pushDraining(() => delivery.close());
  // Closed first: nothing new comes in, while what is under way still finds everything open.
  opened.pushDraining(() => ingest.close());
  opened.push((cut) => http.close(cut));

  await delivery.started;
}

/** With a database of its own it has a key of its own; for somebody else's database it has to be told theirs. */
async function findSecretsKey(config: StandaloneConfig): Promise<string | undefined> {
  if (config.SECRETS_KEY !== undefined || config.DATABASE_URL !== undefined) return config.SECRETS_KEY;
  return readSecretsKey(resolve(config.CALLBUS_DATA_DIR));
}

function describe(config: StandaloneConfig, postgresDir: string | undefined): string[] {
  return [
    config.AMQP_URL === undefined ? 'events in flight live in memory: set AMQP_URL to keep them on RabbitMQ' : [],
    config.REDIS_URL === undefined ? 'statistics live in memory: set REDIS_URL to keep them in Redis' : [],
    postgresDir === undefined
      ? []
      : `subscriptions live in an embedded PostgreSQL under ${postgresDir}: set DATABASE_URL for your own`,
  ].flat();
}
