import type { Broker } from '@callbus/broker/broker';
import { createLookup } from '@callbus/callback/dns/look-up';
import { createAddressPolicy } from '@callbus/callback/network/address-policy';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import type { Authenticate } from '@callbus/runtime/auth/auth';
import { validTokens } from '@callbus/runtime/auth/check-token';
import type { StoredKeys } from '@callbus/runtime/auth/stored-keys';
import type { ConfigOf } from '@callbus/runtime/config/read-config';
import type { OpenBody } from '@callbus/runtime/http/request-body';
import { createQuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import type { Context } from '@callbus/start/context';
import type { OpenStatistics } from '@callbus/start/open-statistics';
import type { Stores } from '@callbus/start/open-stores';
import type { Pool } from './database/pool.js';
import { createSubscription, type SubscriptionService } from './service.js';
import { limitsOf, type subscriptionSettings } from './settings.js';

type Config = Omit<ConfigOf<typeof subscriptionSettings>, 'AMQP_URL' | 'DATABASE_URL' | 'REDIS_URL'>;

export interface SubscriptionConnections {
  readonly pool: Pool;
  readonly broker: Broker;
  readonly stores: Stores;
  readonly statistics: OpenStatistics;
  readonly authenticate: Authenticate;
  readonly storedKeys: StoredKeys | undefined;
  readonly openBody: OpenBody;
}

/**
 * Wires the subscription service by its configuration, alone in its process or beside other services.
 *
 * @throws when a migration fails
 */
export function startSubscription(
  { config, logger, metrics }: Context<Config>,
  connections: SubscriptionConnections,
): Promise<SubscriptionService> {
  const { pool, broker, stores, authenticate, storedKeys, openBody } = connections;
  const { statistics, queueFlow } = connections.statistics;
  return createSubscription({
    pool,
    broker,
    statistics,
    queueFlow,
    authenticate,
    storedKeys,
    internalTokens: validTokens(config.INTERNAL_TOKEN, config.INTERNAL_TOKEN_PREVIOUS),
    addressPolicy: createAddressPolicy({ allowCidrs: config.CALLBACK_ALLOW_CIDRS }),
    lookup: createLookup({ servers: config.CALLBACK_DNS_SERVERS }),
    secretBox:
      config.SECRETS_KEY === undefined ? undefined : createSecretBox(config.SECRETS_KEY, config.SECRETS_KEY_PREVIOUS),
    messageFormat: config.MESSAGE_FORMAT,
    webhookOrigin: config.WEBHOOK_ORIGIN,
    replayRate: config.REPLAY_RATE,
    confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
    retentionDays: config.UNDELIVERED_RETENTION_DAYS,
    openBody,
    jsonValues: config.MAX_JSON_VALUES,
    limits: limitsOf(config),
    fullAccounts: stores.fullAccounts,
    publishRates: stores.publishRates,
    quotaMetrics: createQuotaMetrics(metrics.registry),
    revisionMemory: stores.revisionMemory,
    logger,
  });
}
