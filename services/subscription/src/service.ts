import type { Broker } from '@callbus/broker/broker';
import { createOpenSecrets } from '@callbus/callback-request/open-secrets';
import type { AddressPolicy } from '@callbus/callback/network/address-policy';
import { createConnectTcp } from '@callbus/callback/network/connect-tcp';
import type { Lookup } from '@callbus/callback/dns/look-up';
import { createPost } from '@callbus/callback/post';
import type { SecretBox } from '@callbus/callback/signing/secret-box';
import type { MessageFormat } from '@callbus/contracts/messages/message-format';
import type { Authenticate } from '@callbus/runtime/auth/auth';
import type { StoredKeys } from '@callbus/runtime/auth/stored-keys';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { OpenBody } from '@callbus/runtime/http/request-body';
import { userAgent } from '@callbus/runtime/config/version';
import type { FullAccounts } from '@callbus/runtime/redis/full-accounts';
import type { PublishRates } from '@callbus/runtime/redis/publish-rates';
import type { QuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import type { QueueFlow } from '@callbus/statistics/queue-flow';
import type { Statistics } from '@callbus/statistics/statistics';
import { Router } from 'express';
import { createAnnounce } from './changes/announce.js';
import { createChanges } from './changes/changes.js';
import { createApi } from './http/api.js';
import type { Pool } from './database/pool.js';
import { createServe } from './http/endpoint.js';
import { createEpochs } from './database/epochs.js';
import type { Limits } from './accounts/limits.js';
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
import { testEndpoint } from './probes/test-endpoint.js';
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
import { internalKeys } from './keys/internal-keys.js';
import { listKeysEndpoint, makeKeyEndpoint, revokeKeyEndpoint } from './keys/key-endpoints.js';
import { createKeyRows } from './keys/key-rows.js';
import { createSealHeaders } from './secrets/seal-headers.js';
import { sealStoredHeaders } from './secrets/seal-stored-headers.js';
import { createSecrets } from './secrets/secrets.js';
import { runVerifications } from './probes/verifications.js';
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
  /** Opened once the database is migrated, and closed by `close`. Undefined where no caller has a key. */
  readonly storedKeys?: Pick<StoredKeys, 'open' | 'close'> | undefined;
  /** The tokens with which workers authenticate. */
  readonly internalTokens: readonly string[];
  /** The addresses that ping, telnet and verification may reach, and that callback URLs may name. */
  readonly addressPolicy: AddressPolicy;
  readonly lookup: Lookup;
  /** Seals signing secrets and secret headers; without it they are refused. */
  readonly secretBox: SecretBox | undefined;
  /** With format 1 no headers are sealed, because workers of that format cannot open them. */
  readonly messageFormat: MessageFormat;
  /** The DNS name of this bus, which receivers get with the request for permission. */
  readonly webhookOrigin: string;
  /** The most undelivered events that this process replays per second. */
  readonly replayRate: number;
  /** How long a publish waits for the broker's confirm. */
  readonly confirmTimeoutMs: number;
  /** How long undelivered events are kept. */
  readonly retentionDays: number;
  /** Shared by all services of a process, so that one limit holds. */
  readonly openBody: OpenBody;
  /** The most JSON values of a body. */
  readonly jsonValues: number;
  readonly limits: Limits;
  /** Receives the accounts that must not publish any more. */
  readonly fullAccounts: Pick<FullAccounts, 'write'>;
  /** Answers how much each account publishes. */
  readonly publishRates: Pick<PublishRates, 'read'>;
  readonly quotaMetrics: QuotaMetrics;
  /** Without it, only a process that ran before a backup was restored in place notices the restore. */
  readonly revisionMemory: RevisionMemory | undefined;
  readonly logger: Logger;
}

export interface SubscriptionService {
  readonly router: Router;
  readonly readiness: () => Record<string, boolean>;
  /** Ends the background work, and waits for its current steps. The connections in the options stay open. */
  close(): Promise<void>;
}

/**
 * Migrates the database, then serves the API, stores undelivered events, and replays them on request or when their
 * subscription is enabled.
 *
 * @throws when a migration fails
 */
export async function createSubscription(options: SubscriptionOptions): Promise<SubscriptionService> {
  const { pool, broker, statistics, internalTokens, logger } = options;
  const { limits, addressPolicy, lookup, secretBox, quotaMetrics } = options;
  await migrate({ pool, logger });
  const keys = createKeyRows(pool);
  await options.storedKeys?.open({ source: keys, broker });
  const sealHeaders = createSealHeaders({ secretBox, isDeferred: options.messageFormat === 1 });
  await sealStoredHeaders({ pool, sealHeaders, logger });
  const undelivered = await consumeUndelivered({ pool, broker, statistics, logger });
  const replays = runReplays({ pool, broker, statistics, rate: options.replayRate, logger });
  const queues = watchQueues({ broker, flow: options.queueFlow });
  const quotas = createQuotas({ limits, metrics: quotaMetrics });
  const accounts = watchAccounts({
    pool,
    fullAccounts: options.fullAccounts,
    maxUndelivered: limits.undelivered,
    metrics: quotaMetrics,
    logger,
  });
  const deletions = runDeletions({ pool, logger });
  const retention = keepRetention({ pool, retentionDays: options.retentionDays, logger });

  const post = createPost({ userAgent, addressPolicy, lookup });
  const connectTcp = createConnectTcp({ addressPolicy, lookup });
  const probe = createProbe({ post, connectTcp });
  const openSecrets = createOpenSecrets({ secretBox, logger, now: Date.now });
  const announce = createAnnounce({ broker, limits });
  const epochs = createEpochs({ pool, memory: options.revisionMemory, logger });
  const changes = createChanges({ pool, epochs, announce, confirmTimeoutMs: options.confirmTimeoutMs, logger });
  const rate = createProbeRate({
    perSecond: limits.probesPerSecond,
    burst: limits.probesAtOnce,
    now: () => performance.now(),
  });
  const verifications = runVerifications({
    pool,
    changes,
    probe,
    rate,
    origin: options.webhookOrigin,
    onGranted: () => replays.wake(),
    logger,
  });
  const secrets = createSecrets(secretBox);
  const saving = { changes, addressPolicy, limits, quotas, secrets, sealHeaders, verifications };
  const turns = createReadingTurns({ now: () => performance.now() });
  const api = createApi(createServe(options), {
    pingReceiver: pingEndpoint({ probe, rate }),
    telnetReceiver: telnetEndpoint({ probe, rate }),
    testSubscription: testEndpoint({ pool, post, openSecrets, rate, limits, now: Date.now }),
    searchSubscriptions: searchEndpoint({ pool, turns, statistics, limits, logger }),
    createSubscription: createEndpoint(saving),
    getSubscription: findEndpoint({ pool, statistics, limits, logger }),
    replaceSubscription: updateEndpoint({ how: 'PUT', replays, ...saving }),
    patchSubscription: updateEndpoint({ how: 'PATCH', replays, ...saving }),
    deleteSubscription: deleteEndpoint({ changes, statistics, logger }),
    rotateSecret: rotateSecretEndpoint({ changes, secrets }),
    listAttempts: attemptsEndpoint({ pool, statistics, logger }),
    listUndelivered: listUndeliveredEndpoint({ pool, turns }),
    deleteUndelivered: deleteUndeliveredEndpoint({ pool }),
    startReplay: startReplayEndpoint({ pool, quotas, replays }),
    getReplay: findReplayEndpoint({ pool }),
    cancelReplay: cancelReplayEndpoint({ pool }),
    listUnattributed: listUnattributedEndpoint({ pool, turns }),
    dispatchUnattributed: dispatchUnattributedEndpoint({ pool, broker, turns }),
    getTrace: traceEndpoint({ pool, statistics, logger }),
    listKeys: listKeysEndpoint({ pool }),
    makeKey: makeKeyEndpoint({ pool, broker, quotas }),
    revokeKey: revokeKeyEndpoint({ pool, broker }),
    listQueues: queuesEndpoint({ queues }),
    getOverview: overviewEndpoint({ pool, statistics, publishRates: options.publishRates, limits, logger }),
  });
  const router = Router();
  router.use('/internal/subscriptions', internalSubscriptions({ epochs, changes, internalTokens, limits, logger }));
  router.use('/internal/keys', internalKeys({ keys, internalTokens, logger }));
  router.use(api);

  return {
    router,
    // Database and broker do not count: all replicas share them, and their failure would take all replicas out of service.
    readiness: () => ({ started: true }),
    async close() {
      queues.stop();
      await Promise.all([
        options.storedKeys?.close(),
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
