import type { Broker } from '@callbus/broker/broker';
import type { Authenticate } from '@callbus/runtime/auth/auth';
import type { ConfigOf } from '@callbus/runtime/config/read-config';
import type { OpenBody } from '@callbus/runtime/http/request-body';
import type { Context } from '@callbus/start/context';
import type { Stores } from '@callbus/start/open-stores';
import { createMemoryDeduplicate, type Deduplicate } from './deduplication/deduplicate.js';
import { createRedisDeduplicate } from './deduplication/redis-deduplicate.js';
import { createIngestMetrics } from './metrics.js';
import { followFullAccounts } from './quotas/follow-full-accounts.js';
import { createIngest, type Ingest } from './service.js';
import type { ingestSettings } from './settings.js';

/** The longest delay that a silent Redis adds to a publish. */
export const redisTimeoutMs = 150;

type Config = Omit<ConfigOf<typeof ingestSettings>, 'AMQP_URL' | 'REDIS_URL'>;

export interface IngestConnections {
  readonly broker: Broker;
  /** Opened with the command time-out `redisTimeoutMs`. */
  readonly stores: Stores;
  readonly authenticate: Authenticate;
  readonly openBody: OpenBody;
}

const fullAccountsIntervalMs = 1_000;

/** Starts ingest as it is configured, alone in its process or together with other services. */
export function startIngest(context: Context<Config>, connections: IngestConnections): Ingest {
  const { config, logger, metrics, tracing } = context;
  const { stores, ...shared } = connections;
  const full = followFullAccounts({ fullAccounts: stores.fullAccounts, logger, intervalMs: fullAccountsIntervalMs });
  const ingest = createIngest({
    ...shared,
    deduplicate: openDeduplicate(context, stores),
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
    publishRates: stores.publishRates,
    etcErrorStatus: config.ETC_ERROR_STATUS,
    observer: createIngestMetrics(metrics.registry),
    tracing,
    logger,
  });
  return {
    ...ingest,
    async close() {
      await ingest.close();
      full.stop();
    },
  };
}

function openDeduplicate({ config, metrics, logger }: Context<Config>, stores: Stores): Deduplicate | undefined {
  const { redis, prefix } = stores;
  const { DEDUPLICATION_WINDOW_S: windowS, CONFIRM_TIMEOUT_MS: claimMs } = config;
  if (windowS === 0) return undefined;
  if (redis === undefined) return createMemoryDeduplicate({ windowS, now: Date.now });
  const deduplicate = createRedisDeduplicate({ redis, prefix, windowS, claimMs, logger });
  metrics.watchDependency('redis', () => deduplicate.isUsable());
  return deduplicate;
}
