import type { Broker } from '@callbus/broker/broker';
import type { AddressPolicy } from '@callbus/callback/network/address-policy';
import { createConnectTcp } from '@callbus/callback/network/connect-tcp';
import type { Lookup } from '@callbus/callback/dns/look-up';
import { createPost } from '@callbus/callback/post';
import type { SecretBox } from '@callbus/callback/signing/secret-box';
import { newestFormat, type MessageFormat } from '@callbus/contracts/message-format';
import type { Authenticate } from '@callbus/runtime/auth/auth';
import { defaultJsonValues } from '@callbus/runtime/parsing/json-values';
import type { Logger } from '@callbus/runtime/observability/logger';
import { createBodies, type OpenBody } from '@callbus/runtime/http/request-body';
import { userAgent } from '@callbus/runtime/config/version';
import { createMemoryFullAccounts, type FullAccounts } from '@callbus/runtime/redis/full-accounts';
import { createMemoryPublishRates, type PublishRates } from '@callbus/runtime/redis/publish-rates';
import { unmeasuredQuotas, type QuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import type { QueueFlow } from '@callbus/statistics/queue-flow';
import type { Statistics } from '@callbus/statistics/statistics';
import { Router } from 'express';
import { createAnnounce } from './changes/announce.js';
import { createChanges } from './changes/changes.js';
import { createApi } from './http/api.js';
import type { Pool } from './database/pool.js';
import { createServe } from './http/endpoint.js';
import { createEpochs } from './database/epochs.js';
import { defaultLimits, type Limits } from './accounts/limits.js';
import { migrate } from './database/migrate.js';
import { createProbe } from './probes/probe.js';
import { createProbeRate } from './probes/probe-rate.js';
import { createQuotas } from './accounts/quotas.js';
import { keepRetention } from './undelivered/retention.js';
import type { RevisionMemory } from '@callbus/runtime/redis/revision-memory';
import { createReadingTurns } from './http/reading-turns.js';
import { attemptsEndpoint } from './history/attempts-endpoint.js';
import { createEndpoint } from './subscriptions/create-endpoint.js';
import { deleteEndpoint } from './subscriptions/delete-endpoint.js';
import { findEndpoint } from './subscriptions/find-endpoint.js';
import { internalSubscriptions } from './subscriptions/internal-routes.js';
import { pingEndpoint, telnetEndpoint } from './probes/probe-endpoints.js';
import { overviewEndpoint } from './accounts/overview-endpoint.js';
import { queuesEndpoint } from './queues/queues-endpoint.js';
import { rotateSecretEndpoint } from './secrets/rotate-secret-endpoint.js';
import { cancelReplayEndpoint, findReplayEndpoint, startReplayEndpoint } from './replays/replay-endpoints.js';
import { searchEndpoint } from './search/search-endpoint.js';
import { traceEndpoint } from './history/trace-endpoint.js';
import { dispatchUnattributedEndpoint, listUnattributedEndpoint } from './undelivered/unattributed-endpoints.js';
import { deleteUndeliveredEndpoint, listUndeliveredEndpoint } from './undelivered/undelivered-endpoints.js';
import { updateEndpoint } from './subscriptions/update-endpoint.js';
import { runDeletions } from './undelivered/run-deletions.js';
import { runReplays } from './replays/run-replays.js';
import { createSealHeaders } from './secrets/seal-headers.js';
import { sealStoredHeaders } from './secrets/seal-stored-headers.js';
import { createSecrets } from './secrets/secrets.js';
import { defaultWebhookOrigin, runVerifications } from './probes/verifications.js';
import { consumeUndelivered } from './undelivered/consume-undelivered.js';
import { watchAccounts } from './accounts/watch-accounts.js';
import { watchQueues } from './queues/watch-queues.js';

export interface SubscriptionOptions {
  /** Made by `createPool` of this package, which connects on first use. */
  readonly pool: Pool;
  readonly broker: Broker;
  readonly statistics: Statistics;
  /** The counts of messages that all processes publish and take. */
  readonly queueFlow: QueueFlow;
  readonly authenticate: Authenticate;
  /** The token with which workers authenticate. */
  readonly internalToken: string;
  /** The addresses that callbacks, ping and telnet may reach. */
  readonly addressPolicy: AddressPolicy;
  /** For ping and telnet. The default is a look-up of its own. */
  readonly lookup?: Lookup;
  /** Seals signing secrets and secret headers; without it none are accepted. */
  readonly secretBox?: SecretBox | undefined;
  /** The default is the newest. With form 1 no headers are sealed, because workers of that form cannot open them. */
  readonly messageFormat?: MessageFormat;
  /** How long ping and telnet try. The default is 10 s. */
  readonly probeTimeoutMs?: number;
  /** The origin by which receivers know this bus when they are asked for permission. The default is `callbus`. */
  readonly webhookOrigin?: string;
  /** How long a receiver that has not allowed callbacks is left alone. The default is a minute. */
  readonly verificationIntervalMs?: number | undefined;
  /** The most undelivered events that are sent again per second. The default is 500. */
  readonly replayRate?: number;
  /** How long the broker waits for a confirm. The default is 5 s. */
  readonly confirmTimeoutMs?: number;
  /** How long undelivered events are kept. The default is 30 days. */
  readonly retentionDays?: number;
  /** Shared by all services of a process, so that one bound holds. The default is one of its own. */
  readonly openBody?: OpenBody;
  /** The most JSON values of a body. The default is 50,000. */
  readonly jsonValues?: number;
  /** The default is in docs/limits.md. */
  readonly limits?: Limits;
  /** Receives the accounts that must not publish any more. */
  readonly fullAccounts?: Pick<FullAccounts, 'tell'>;
  /** Is asked how much each account publishes. */
  readonly publishRates?: Pick<PublishRates, 'ask'>;
  readonly quotaMetrics?: QuotaMetrics;
  /** Without it, only a process that ran before notices a backup that was restored in place. */
  readonly revisionMemory?: RevisionMemory | undefined;
  readonly logger: Logger;
}

export interface SubscriptionService {
  readonly router: Router;
  readonly readiness: () => Record<string, boolean>;
  /** Takes no new work and waits for work under way. What the options contain stays open. */
  close(): Promise<void>;
}

/**
 * Migrates the database, then serves the API, stores undelivered events, and replays them on request or when their
 * subscription is enabled.
 *
 * @throws when a migration fails
 */
export async function createSubscription(options: SubscriptionOptions): Promise<SubscriptionService> {
  const { pool, broker, statistics, authenticate, internalToken, logger } = options;
  const { replayRate = 500, retentionDays = 30, confirmTimeoutMs = 5_000, limits = defaultLimits } = options;
  const { fullAccounts = createMemoryFullAccounts(), quotaMetrics = unmeasuredQuotas } = options;
  const { publishRates = createMemoryPublishRates() } = options;
  const { addressPolicy, lookup, secretBox, probeTimeoutMs } = options;
  const { webhookOrigin: origin = defaultWebhookOrigin, verificationIntervalMs: intervalMs } = options;
  const { openBody = createBodies(), jsonValues = defaultJsonValues, messageFormat = newestFormat } = options;
  await migrate({ pool, logger });
  const sealHeaders = createSealHeaders({ secretBox, isDeferred: messageFormat === 1 });
  await sealStoredHeaders({ pool, sealHeaders, logger });
  const undelivered = await consumeUndelivered({ pool, broker, statistics, logger });
  const replays = runReplays({ pool, broker, statistics, rate: replayRate, logger, now: Date.now });
  const queues = watchQueues({ broker, flow: options.queueFlow, now: Date.now });
  const quotas = createQuotas({ limits, metrics: quotaMetrics });
  const accounts = watchAccounts({ pool, fullAccounts, most: limits.undelivered, metrics: quotaMetrics, logger });
  const deletions = runDeletions({ pool, logger });
  const retention = keepRetention({ pool, retentionDays, logger });

  const post = createPost({ userAgent, addressPolicy, lookup });
  const connectTcp = createConnectTcp({ addressPolicy, lookup });
  const probe = createProbe({ post, connectTcp, ...(probeTimeoutMs !== undefined && { timeoutMs: probeTimeoutMs }) });
  const announce = createAnnounce({ broker, limits });
  const epochs = createEpochs({ pool, memory: options.revisionMemory, logger });
  const changes = createChanges({ pool, epochs, announce, confirmTimeoutMs, logger });
  const rate = createProbeRate({
    perSecond: limits.probesPerSecond,
    burst: limits.probesAtOnce,
    now: () => performance.now(),
  });
  const onGranted = () => replays.wake();
  const verifications = runVerifications({ pool, changes, probe, rate, origin, intervalMs, onGranted, logger });
  const secrets = createSecrets(secretBox);
  const updating = { changes, addressPolicy, limits, quotas, secrets, sealHeaders, replays, verifications };
  const turns = createReadingTurns({ now: () => performance.now() });
  const api = createApi(createServe({ authenticate, openBody, jsonValues, logger }), {
    create: createEndpoint({ changes, addressPolicy, limits, quotas, secrets, sealHeaders, verifications }),
    find: findEndpoint({ pool, statistics, limits, logger }),
    replace: updateEndpoint({ how: 'PUT', ...updating }),
    patch: updateEndpoint({ how: 'PATCH', ...updating }),
    delete: deleteEndpoint({ changes, statistics, logger }),
    search: searchEndpoint({ pool, turns, statistics, limits, logger }),
    ping: pingEndpoint({ probe, rate }),
    telnet: telnetEndpoint({ probe, rate }),
    attempts: attemptsEndpoint({ pool, statistics, logger }),
    listUndelivered: listUndeliveredEndpoint({ pool, turns }),
    deleteUndelivered: deleteUndeliveredEndpoint({ pool }),
    listUnattributed: listUnattributedEndpoint({ pool, turns }),
    dispatchUnattributed: dispatchUnattributedEndpoint({ pool, broker, turns }),
    startReplay: startReplayEndpoint({ pool, quotas, replays }),
    findReplay: findReplayEndpoint({ pool }),
    cancelReplay: cancelReplayEndpoint({ pool }),
    rotateSecret: rotateSecretEndpoint({ changes, secrets }),
    trace: traceEndpoint({ pool, statistics, logger }),
    queues: queuesEndpoint({ queues }),
    overview: overviewEndpoint({ pool, statistics, publishRates, limits, logger }),
  });
  const router = Router();
  router.use('/internal/subscriptions', internalSubscriptions({ epochs, changes, internalToken, limits, logger }));
  router.use(api);

  return {
    router,
    // Database and broker do not count: all replicas share them, and taking all replicas out of service helps nobody.
    readiness: () => ({ started: true }),
    async close() {
      queues.stop();
      await Promise.all([
        undelivered.stop(),
        replays.stop(),
        deletions.stop(),
        retention.stop(),
        accounts.stop(),
        verifications.stop().then(() => changes.stop()),
        post.close(),
      ]);
    },
  };
}
