import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createLookup } from '@callbus/callback/dns/look-up';
import { createAddressPolicy, parseCidrs } from '@callbus/callback/network/address-policy';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import type { Broker } from '@callbus/broker/broker';
import { newestFormat } from '@callbus/contracts/messages/message-format';
import { readSubscriptionChange, type SubscriptionChange } from '@callbus/contracts/subscriptions/subscription';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { createApp } from '@callbus/runtime/http/app';
import { listen } from '@callbus/runtime/http/http-service';
import { createBodies } from '@callbus/runtime/http/request-body';
import { createLogger } from '@callbus/runtime/observability/logger';
import { createMetrics } from '@callbus/runtime/observability/metrics';
import { createQuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import { defaultJsonValues } from '@callbus/runtime/parsing/json-values';
import { createMemoryFullAccounts } from '@callbus/runtime/redis/full-accounts';
import { createMemoryPublishRates } from '@callbus/runtime/redis/publish-rates';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { createRedisRevisionMemory } from '@callbus/runtime/redis/revision-memory';
import { createMemoryQueueFlow } from '@callbus/statistics/queue-flow';
import { createRedisStatistics } from '@callbus/statistics/redis';
import type { Statistics } from '@callbus/statistics/statistics';
import { isolate } from '@callbus/testing/isolate';
import { afterAll, beforeAll } from '@jest/globals';
import { defaultLimits, type Limits } from '../../src/accounts/limits.js';
import { createPool, type Pool } from '../../src/database/pool.js';
import { createSubscription, type SubscriptionOptions } from '../../src/service.js';
import { createCall, type Call } from './call.js';

export const silent = createLogger({ service: 'test', level: 'silent' });
export const secretBox = createSecretBox('a key that seals the secrets of the tests');
const internalToken = 'a token of the workers';
/** The headers with which workers authenticate. */
export const workers = { authorization: `Bearer ${internalToken}` };

export interface OpenService {
  readonly url: string;
  readonly call: Call;
  readonly brokerPrefix: string;
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly amqpUrl: string;
  readonly broker: Broker;
  readonly statistics: Statistics;
  /** The changes that the workers received, in order. */
  readonly changes: readonly SubscriptionChange[];
  close(): Promise<void>;
}

type Replaced =
  | 'authenticate'
  | 'confirmTimeoutMs'
  | 'fullAccounts'
  | 'lookup'
  | 'messageFormat'
  | 'openBody'
  | 'replayRate'
  | 'secretBox';

/** What differs from the defaults of the settings. */
interface Differences extends Partial<Pick<SubscriptionOptions, Replaced>> {
  readonly limits?: Partial<Limits>;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** The address at which the service finds its broker. Its watcher uses the broker's own address. */
  readonly brokerBehind?: (amqpUrl: string) => Promise<string>;
}

/** The service as its process wires it, on real servers, and a watcher that receives changes like a worker. */
export async function openService(differences: Differences = {}): Promise<OpenService> {
  const { limits, databaseUrl: otherDatabase, redisUrl, brokerBehind, ...options } = differences;
  const { confirmTimeoutMs = 5_000 } = options;
  const place = await isolate({ database: otherDatabase === undefined });
  const databaseUrl = otherDatabase ?? place.databaseUrl;
  const pool = createPool({ url: databaseUrl, logger: silent });
  const connectBroker = (url: string) =>
    createRabbitmqBroker({
      url,
      prefix: place.brokerPrefix,
      confirmTimeoutMs,
      name: 'test',
      logger: silent,
    });
  const [broker, watching] = await Promise.all([
    connectBroker((await brokerBehind?.(place.amqpUrl)) ?? place.amqpUrl),
    connectBroker(place.amqpUrl),
  ]);
  const redis = connectRedis({ url: redisUrl ?? place.redisUrl, logger: silent });
  const statistics = createRedisStatistics({
    redis,
    tracesMaxBytes: 16_777_216,
    prefix: place.redisPrefix,
    logger: silent,
  });

  const changes: SubscriptionChange[] = [];
  await watching.watchChanges({
    onOpen: () => Promise.resolve(),
    onChange: (body) => void changes.push(readSubscriptionChange(body)),
  });
  const service = await createSubscription({
    pool,
    broker,
    statistics,
    queueFlow: createMemoryQueueFlow(),
    authenticate: await createAuthenticate({ AUTH: 'none' }),
    internalTokens: [internalToken],
    addressPolicy: createAddressPolicy({ allowCidrs: parseCidrs('127.0.0.0/8,::1/128') }),
    lookup: createLookup(),
    secretBox,
    messageFormat: newestFormat,
    webhookOrigin: 'callbus',
    replayRate: 500,
    retentionDays: 30,
    openBody: createBodies(),
    jsonValues: defaultJsonValues,
    fullAccounts: createMemoryFullAccounts(),
    publishRates: createMemoryPublishRates(),
    quotaMetrics: createQuotaMetrics(createMetrics().registry),
    revisionMemory: createRedisRevisionMemory({ redis, prefix: place.redisPrefix }),
    logger: silent,
    ...options,
    confirmTimeoutMs,
    limits: { ...defaultLimits, ...limits },
  });
  const app = createApp({ routers: [service.router], readiness: service.readiness, logger: silent });
  const http = await listen(app, { host: '127.0.0.1', port: 0 });

  return {
    url: http.url,
    call: createCall(http.url),
    brokerPrefix: place.brokerPrefix,
    pool,
    databaseUrl,
    amqpUrl: place.amqpUrl,
    broker,
    statistics,
    changes,
    async close() {
      await http.close();
      await service.close();
      await Promise.all([statistics.close(), broker.close(), watching.close()]);
      await pool.end();
      await place.cleanUp();
    },
  };
}

/** A service that is open during the tests of a file or a block. Its members cannot be read before. */
export function useService(differences?: Differences): Omit<OpenService, 'close'> {
  let opened: OpenService | undefined;
  beforeAll(async () => {
    opened = await openService(differences);
  });
  afterAll(() => opened?.close());

  function service(): OpenService {
    if (opened === undefined) throw new Error('the service is not open yet');
    return opened;
  }
  return {
    get url() {
      return service().url;
    },
    call: (...request) => service().call(...request),
    get brokerPrefix() {
      return service().brokerPrefix;
    },
    get pool() {
      return service().pool;
    },
    get databaseUrl() {
      return service().databaseUrl;
    },
    get amqpUrl() {
      return service().amqpUrl;
    },
    get broker() {
      return service().broker;
    },
    get statistics() {
      return service().statistics;
    },
    get changes() {
      return service().changes;
    },
  };
}
