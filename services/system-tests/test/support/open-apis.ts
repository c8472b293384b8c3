import { createMemoryBroker } from '@callbus/broker/memory';
import { createLookup } from '@callbus/callback/dns/look-up';
import { createAddressPolicy, parseCidrs } from '@callbus/callback/network/address-policy';
import { createSecretBox } from '@callbus/callback/signing/secret-box';
import { createMemoryDeduplicate } from '@callbus/ingest/deduplication/deduplicate';
import { newestFormat } from '@callbus/contracts/messages/message-format';
import { createIngest } from '@callbus/ingest/service';
import { createAuthenticate, type Authenticate } from '@callbus/runtime/auth/auth';
import { createApp, type AppOptions } from '@callbus/runtime/http/app';
import { listen } from '@callbus/runtime/http/http-service';
import { createBodies } from '@callbus/runtime/http/request-body';
import { createLogger, type Logger } from '@callbus/runtime/observability/logger';
import { createMetrics } from '@callbus/runtime/observability/metrics';
import { createQuotaMetrics } from '@callbus/runtime/observability/quota-metrics';
import { defaultJsonValues } from '@callbus/runtime/parsing/json-values';
import { createMemoryFullAccounts } from '@callbus/runtime/redis/full-accounts';
import { createMemoryPublishRates } from '@callbus/runtime/redis/publish-rates';
import { createMemoryStatistics } from '@callbus/statistics/memory';
import { createMemoryQueueFlow } from '@callbus/statistics/queue-flow';
import { defaultLimits } from '@callbus/subscription/accounts/limits';
import { apiParts } from '@callbus/standalone/api-parts';
import { createPool } from '@callbus/subscription/database/pool';
import { createSubscription } from '@callbus/subscription/service';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { routesOf, type Route } from './routes.js';
import type { Subject } from './valid-requests.js';

export const internalToken = 'a token of the workers';

interface Owner {
  readonly account: string;
  /** The header of a key that may manage the account. */
  readonly authorization: string;
  readonly callbackUrl: string;
}

export interface OpenApis {
  readonly url: string;
  /** The routes of ingest. */
  readonly publishRoutes: readonly Route[];
  /** The routes of subscription. */
  readonly manageRoutes: readonly Route[];
  /** Creates a key, and a subscription with an attempt, an undelivered event, a finished replay, and the trace of an event. */
  newSubject(owner: Owner): Promise<Subject>;
  /**
   * The number of published events and all rows of the database, which no refused request may change. Resolves when no
   * replay and no deletion is under way.
   */
  state(): Promise<string>;
  /** Deletes all subscriptions and keys. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const undeliveredEvent = `
  INSERT INTO undelivered
    (subscription_id, account, identity, event_id, event_name, headers, body, reason, attempts, received_at, failed_at)
  VALUES ($1, $2, $3, $3, 'a.b', '{}', '{}', 'exhausted', 1, now(), now())`;
const endedReplay = `
  INSERT INTO replays (subscription_id, is_release, through_id, state, total, created_at, worked_at, ended_at)
  VALUES ($1, false, 0, 'done', 0, now(), now(), now()) RETURNING id`;

const storedKey = `
  INSERT INTO keys (id, sha256, account, roles, user_name, made_by) VALUES ($1, $1, $2, '{publish}', '', '')`;

export interface OpenApisOptions {
  /** Default: a database of the test's own on the shared server. */
  readonly databaseUrl?: string;
  /** Default: without authentication. */
  readonly authenticate?: Authenticate;
  /** Default: no request is refused for its headers. */
  readonly refuse?: NonNullable<AppOptions['refuse']>;
  /** Default: a silent one. */
  readonly logger?: Logger;
}

/** Opens ingest and subscription in this process, as standalone does but without workers, on a real Postgres. */
export async function openApis(options: OpenApisOptions = {}): Promise<OpenApis> {
  const place = options.databaseUrl === undefined ? await isolate({ database: true }) : undefined;
  const databaseUrl = options.databaseUrl ?? place?.databaseUrl ?? '';
  const authenticate = options.authenticate ?? (await createAuthenticate({ AUTH: 'none' }));
  const logger = options.logger ?? createLogger({ service: 'test', level: 'silent' });
  const pool = createPool({ url: databaseUrl, logger });
  const broker = createMemoryBroker({ logger });
  const statistics = createMemoryStatistics();
  const metrics = createMetrics();
  const ingest = createIngest({
    broker,
    deduplicate: createMemoryDeduplicate({ windowS: 1, now: Date.now }),
    authenticate,
    limits: { eventsPerRequest: 100, eventBytes: 262_144, nameWords: 256 },
    logger,
  });
  const subscription = await createSubscription({
    pool,
    broker,
    statistics,
    queueFlow: createMemoryQueueFlow(),
    authenticate,
    internalTokens: [internalToken],
    addressPolicy: createAddressPolicy({ allowCidrs: parseCidrs('127.0.0.0/8') }),
    lookup: createLookup(),
    secretBox: createSecretBox('what seals the secrets of this test'),
    messageFormat: newestFormat,
    webhookOrigin: 'callbus',
    replayRate: 500,
    confirmTimeoutMs: 5_000,
    retentionDays: 30,
    openBody: createBodies(),
    jsonValues: defaultJsonValues,
    limits: defaultLimits,
    fullAccounts: createMemoryFullAccounts(),
    publishRates: createMemoryPublishRates(),
    quotaMetrics: createQuotaMetrics(metrics.registry),
    revisionMemory: undefined,
    logger,
  });
  let published = 0;
  await broker.consume('events', {
    prefetch: 1_000,
    handle: () => {
      published += 1;
      return Promise.resolve({ kind: 'done' });
    },
  });
  const app = createApp({
    routers: [ingest.router, subscription.router, metrics.router],
    parts: apiParts,
    ...(options.refuse !== undefined && { refuse: options.refuse }),
    readiness: () => ({ ...ingest.readiness(), ...subscription.readiness() }),
    logger,
  });
  const http = await listen(app, { host: '127.0.0.1', port: 0 });

  async function tables(): Promise<string[]> {
    const { rows } = await pool.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    );
    return rows.map(({ name }) => name);
  }

  async function createSubscriptionOf({ account, authorization, callbackUrl }: Owner, name: string): Promise<number> {
    const answer = await fetch(`${http.url}/api/v3/event/subscribe/${account}/2`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({
        subscription_name: name,
        callback_url: callbackUrl,
        confirm_mode: 'httpstatus',
        subscription_form: 'a.b',
      }),
    });
    return ((await answer.json()) as { data: { subscription_id: number } }).data.subscription_id;
  }

  let subjects = 0;
  async function newSubject(owner: Owner): Promise<Subject> {
    subjects += 1;
    const { account, callbackUrl } = owner;
    const eventId = `event-${subjects}`;
    const subscription = await createSubscriptionOf(owner, `first-${subjects}`);
    const at = Date.now();
    statistics.recordAttempt({
      subscription,
      eventId,
      attempt: 1,
      outcome: 'refused',
      status: 500,
      durationMs: 1,
      answer: 'no',
      at,
    });
    statistics.recordStep({
      kind: 'matched',
      account,
      eventId,
      at,
      receivedAt: at,
      name: 'a.b',
      bus: '',
      subscriptions: [subscription],
    });
    await pool.query(undeliveredEvent, [subscription, account, eventId]);
    const { rows } = await pool.query<{ id: number }>(endedReplay, [subscription]);
    const key = `key-${subjects}`;
    await pool.query(storedKey, [key, account]);
    return { account, subscription, replay: rows[0]!.id, key, eventId, callbackUrl, newName: `second-${subjects}` };
  }

  return {
    url: http.url,
    newSubject,
    publishRoutes: routesOf(ingest.router),
    manageRoutes: routesOf(subscription.router),
    async state() {
      const pending = "SELECT FROM replays WHERE state = 'running' UNION ALL SELECT FROM deletions";
      await waitFor(async () => (await pool.query(pending)).rowCount === 0, {
        what: 'the replays and deletions to end',
      });
      const rows = (await tables()).map(async (table) => {
        const result = await pool.query<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`);
        return [table, result.rows.map(({ row }) => row)];
      });
      return JSON.stringify({ published, stored: await Promise.all(rows) });
    },
    async clear() {
      await pool.query('DELETE FROM subscriptions');
      await pool.query('DELETE FROM keys');
    },
    async close() {
      await http.close();
      await ingest.close();
      await subscription.close();
      await Promise.all([statistics.close(), broker.close()]);
      await pool.end();
      await place?.cleanUp();
    },
  };
}
