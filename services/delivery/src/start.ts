import type { Broker } from '@callbus/broker/broker';
import { createLookup } from '@callbus/callback/dns/look-up';
import { createAddressPolicy } from '@callbus/callback/network/address-policy';
import { createPost } from '@callbus/callback/post';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { validTokens } from '@callbus/runtime/auth/check-token';
import type { ClockCheck } from '@callbus/runtime/clock/clock-check';
import type { ConfigOf } from '@callbus/runtime/config/read-config';
import { userAgent } from '@callbus/runtime/config/version';
import type { Context } from '@callbus/start/context';
import type { Statistics } from '@callbus/statistics/statistics';
import type { DeliveryObserver } from './journal/journal.js';
import { createDeliveryMetrics } from './journal/metrics.js';
import { createDelivery } from './service.js';
import type { deliverySettings } from './settings.js';
import { createSubscriptionClient } from './subscriptions/subscription-client.js';

type Config = Omit<ConfigOf<typeof deliverySettings>, 'AMQP_URL' | 'REDIS_URL'>;

export interface DeliveryConnections {
  readonly broker: Broker;
  readonly statistics: Statistics;
  readonly clock: ClockCheck;
  /** Observers of the journal beside the metrics. */
  readonly observers?: readonly DeliveryObserver[];
}

/** Wires a delivery worker from its configuration, in a process of its own or together with other services. */
export function startDelivery(context: Context<Config>, connections: DeliveryConnections) {
  const { broker, statistics, clock, observers = [] } = connections;
  const { config, logger, metrics, tracing } = context;
  const post = createPost({
    userAgent,
    addressPolicy: createAddressPolicy({ allowCidrs: config.CALLBACK_ALLOW_CIDRS }),
    lookup: createLookup({ servers: config.CALLBACK_DNS_SERVERS }),
    connectionMaxAgeMs: config.CALLBACK_CONNECTION_MAX_AGE,
  });
  const measures = createDeliveryMetrics(metrics.registry);
  const delivery = createDelivery({
    broker,
    client: createSubscriptionClient({
      url: config.SUBSCRIPTION_URL,
      tokens: validTokens(config.INTERNAL_TOKEN, config.INTERNAL_TOKEN_PREVIOUS),
    }),
    post,
    statistics,
    prefetch: config.WORKER_PREFETCH,
    retrySchedule: config.RETRY_SCHEDULE,
    maxEventAgeMs: config.MAX_EVENT_AGE,
    isClockTrusted: clock.isTrusted,
    secretBox:
      config.SECRETS_KEY === undefined ? undefined : createSecretBox(config.SECRETS_KEY, config.SECRETS_KEY_PREVIOUS),
    format: config.MESSAGE_FORMAT,
    observers: [measures.observer, ...observers],
    tracing,
    logger,
  });
  measures.watch(delivery);
  return {
    ...delivery,
    async close() {
      await delivery.close();
      await post.close();
    },
  };
}
