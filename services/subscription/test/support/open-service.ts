import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createAddressPolicy, parseCidrs } from '@callbus/callback/network/address-policy';
import type { Lookup } from '@callbus/callback/dns/look-up';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import type { Broker } from '@callbus/broker/broker';
import type { MessageFormat } from '@callbus/contracts/message-format';
import { readSubscriptionChange, type SubscriptionChange } from '@callbus/contracts/subscription';
import { createAuthenticate, type Authenticate } from '@callbus/runtime/auth/auth';
import { createApp, listen } from '@callbus/runtime/http/http-service';
import type { FullAccounts } from '@callbus/runtime/redis/full-accounts';
import { createLogger } from '@callbus/runtime/observability/logger';
import { connectRedis } from '@callbus/runtime/redis/redis';
import type { OpenBody } from '@callbus/runtime/http/request-body';
import type { Statistics } from '@callbus/statistics/statistics';
import { createMemoryQueueFlow } from '@callbus/statistics/queue-flow';
import { createRedisStatistics } from '@callbus/statistics/redis';
import { isolate } from '@callbus/testing/isolate';
import { createPool, type Pool } from '../../src/database/pool.js';
import { defaultLimits, type Limits } from '../../src/accounts/limits.js';
import { createRedisRevisionMemory } from '@callbus/runtime/redis/revision-memory';
import { createSubscription } from '../../src/service.js';

export const internalToken = 'a token of the workers';
export const secretBox = createSecretBox('a key that seals the secrets of the tests');
/** Where the tests have their receivers. */
const addressPolicy = createAddressPolicy({ allowCidrs: parseCidrs('127.0.0.0/8,::1/128') });

export interface OpenService {
  readonly url: string;
  readonly brokerPrefix: string;
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly amqpUrl: string;
  readonly broker: Broker;
  readonly statistics: Statistics;
  /** What the workers were told, in order. */
  readonly changes: readonly SubscriptionChange[];
  close(): Promise<void>;
}

/** The service as its process wires it, on real servers, and a watcher beside it. */
export async function openService(
  options: {
    authenticate?: Authenticate;
    databaseUrl?: string;
    redisUrl?: string;
    probeTimeoutMs?: number;
    replayRate?: number;
    verificationIntervalMs?: number;
    hasSecretsKey?: boolean;
    messageFormat?: MessageFormat;
    /** The address at which the service finds its broker; its watcher finds it at the broker's own. */
    brokerBehind?: (amqpUrl: string) => Promise<string>;
    confirmTimeoutMs?: number;
    openBody?: OpenBody;
    lookup?: Lookup;
    limits?: Partial<Limits>;
    fullAccounts?: FullAccounts;
  } = {},
): Promise<OpenService> {
  const logger = createLogger({ service: 'test', level: 'silent' });
  const place = await isolate({ database: options.databaseUrl === undefined });
  const databaseUrl = options.databaseUrl ?? place.databaseUrl;
  const pool = createPool({ url: databaseUrl, logger });
  const { brokerBehind = (amqpUrl: string) => Promise.resolve(amqpUrl), confirmTimeoutMs = 5_000 } = options;
  const connectBroker = (url: string) =>
    createRabbitmqBroker({
      url,
      prefix: place.brokerPrefix,
      confirmTimeoutMs,
      name: 'test',
      failurePauseMs: 50,
      logger,
    });
  const [broker, watching] = await Promise.all([
    brokerBehind(place.amqpUrl).then(connectBroker),
    connectBroker(place.amqpUrl),
  ]);
  const redis = connectRedis({ url: options.redisUrl ?? place.redisUrl, logger });
  const statistics = createRedisStatistics({ redis, prefix: place.redisPrefix, logger });

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
    authenticate: options.authenticate ?? (await createAuthenticate({ AUTH: 'none' })),
    internalToken,
    addressPolicy,
    ...(options.lookup !== undefined && { lookup: options.lookup }),
    secretBox: options.hasSecretsKey === false ? undefined : secretBox,
    ...(options.messageFormat && { messageFormat: options.messageFormat }),
    probeTimeoutMs: options.probeTimeoutMs ?? 10_000,
    limits: { ...defaultLimits, ...options.limits },
    ...(options.fullAccounts && { fullAccounts: options.fullAccounts }),
    ...(options.openBody && { openBody: options.openBody }),
    confirmTimeoutMs,
    revisionMemory: createRedisRevisionMemory({ redis, prefix: place.redisPrefix }),
    ...(options.replayRate !== undefined && { replayRate: options.replayRate }),
    verificationIntervalMs: options.verificationIntervalMs,
    logger,
  });
  const app = createApp({ routers: [service.router], readiness: service.readiness, logger });
  const http = await listen(app, { host: '127.0.0.1', port: 0 });

  return {
    url: http.url,
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
