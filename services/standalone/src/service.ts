import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Broker } from '@callbus/broker/broker';
import { startDelivery } from '@callbus/delivery/start';
import { redisTimeoutMs, startIngest } from '@callbus/ingest/start';
import type { AppOptions } from '@callbus/runtime/http/app';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Tracing } from '@callbus/runtime/observability/tracing';
import { createContext, type Context } from '@callbus/start/context';
import { openAccess } from '@callbus/start/open-access';
import { openBroker } from '@callbus/start/open-broker';
import { openClock } from '@callbus/start/open-clock';
import { openPort, type OpenPort } from '@callbus/start/open-port';
import { openStatistics } from '@callbus/start/open-statistics';
import { openStores } from '@callbus/start/open-stores';
import { openApp, openBodies } from '@callbus/start/serve';
import { openPool } from '@callbus/subscription/database/open-pool';
import { postgresClock } from '@callbus/subscription/database/postgres-clock';
import { startSubscription } from '@callbus/subscription/start';
import { apiParts } from './api-parts.js';
import { checkLogins } from './check-logins.js';
import { createSampleReceiver } from './demo/sample-receiver.js';
import { lockDataDir } from './embedded/data-lock.js';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { readSecretsKey } from './embedded/secrets-key.js';
import { createRefuseCrossSite } from './http/refuse-cross-site.js';
import type { StandaloneConfig } from './settings.js';
import { showDeliveries } from './show-deliveries.js';
import { watchDatabase } from './watch-database.js';

export interface Standalone {
  readonly url: string;
  /** A note about each embedded server. */
  readonly embedded: readonly string[];
  /** Whether accepted events are in the memory of this process. */
  readonly isInMemory: boolean;
  /** @param cut aborted when the drain's time is up */
  close(cut?: AbortSignal): Promise<void>;
  /** Stops the embedded database, which would outlive this process, and waits for nothing else. @returns what is lost, as a sentence */
  abandon(): Promise<string>;
}

export interface StandaloneOptions {
  readonly config: StandaloneConfig;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  /** Shows events, callbacks, and the bodies that the sample receiver gets. */
  readonly show: (line: string) => void;
  readonly tracing?: Tracing | undefined;
}

/** Starts all three services in this process, on the configured servers or on embedded ones. */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { config, show, tracing, ...rest } = options;
  const context = createContext({ ...rest, config, tracing });
  const { opened } = context;
  const http = await openPort(context, refusal(config));
  try {
    await checkLogins(context);
    const postgres = config.DATABASE_URL === undefined ? await openEmbeddedPostgres(context) : undefined;
    const completed = {
      ...config,
      DATABASE_URL: config.DATABASE_URL ?? postgres?.url ?? '',
      SECRETS_KEY: await findSecretsKey(config),
      SUBSCRIPTION_URL: http.url,
      INTERNAL_TOKEN: config.INTERNAL_TOKEN ?? randomBytes(24).toString('base64url'),
    };
    const broker = await openServices(
      { ...context, config: completed },
      { http, show, isEmbedded: postgres !== undefined },
    );
    const isInMemory = config.AMQP_URL === undefined;
    return {
      url: http.url,
      embedded: describe(config, postgres?.dataDir),
      isInMemory,
      close: (cut) => opened.close(cut),
      async abandon() {
        // Every connection breaks now. A log line for each would only hide what is lost.
        context.logger.level = 'silent';
        const [lost] = await Promise.all([isInMemory ? lostIn(broker) : nothingLost, postgres?.kill()]);
        return lost;
      },
    };
  } catch (error) {
    await opened.close();
    await http.close();
    throw error;
  }
}

async function openEmbeddedPostgres({ config, logger, opened }: Context<StandaloneConfig>) {
  const dataDir = resolve(config.CALLBUS_DATA_DIR);
  const lock = await lockDataDir(dataDir);
  opened.push(() => lock.release());
  const postgres = await startEmbeddedPostgres({ dataDir, logger });
  opened.push(() => postgres.stop());
  return postgres;
}

/** An embedded database has a key of its own; for any other database the key must be set. */
async function findSecretsKey(config: StandaloneConfig): Promise<string | undefined> {
  if (config.SECRETS_KEY !== undefined || config.DATABASE_URL !== undefined) return config.SECRETS_KEY;
  return readSecretsKey(resolve(config.CALLBUS_DATA_DIR));
}

/** Refuses web pages where a caller needs no key. */
function refusal(config: StandaloneConfig): Pick<AppOptions, 'refuse'> {
  return config.AUTH === 'none' ? { refuse: createRefuseCrossSite(config.ALLOWED_HOSTS) } : {};
}

type CompletedConfig = StandaloneConfig & {
  readonly DATABASE_URL: string;
  readonly SUBSCRIPTION_URL: string;
  readonly INTERNAL_TOKEN: string;
};

async function openServices(
  context: Context<CompletedConfig>,
  { http, show, isEmbedded }: { http: OpenPort; show: (line: string) => void; isEmbedded: boolean },
): Promise<Broker> {
  const { config, opened } = context;
  const access = await openAccess(context);
  const { authenticate } = access;
  const pool = await openPool(context);
  const database = watchDatabase(() => pool.query('SELECT'));
  opened.push(() => database.stop());
  const stores = openStores(context);
  const statistics = openStatistics(context, stores);
  const broker = await openBroker(context, { name: 'callbus standalone', ...statistics });
  // An embedded database has the clock of this machine, so there is nothing to compare.
  const clock = await openClock(context, { ...stores.clocks, ...(!isEmbedded && { postgres: postgresClock(pool) }) });
  const openBody = openBodies(context);

  // Publishing has a shorter time-out for Redis than the other parts, so it has a connection of its own.
  const publishingStores = stores.redis ? openStores(context, { commandTimeoutMs: redisTimeoutMs }) : stores;
  const ingest = startIngest(context, { broker, stores: publishingStores, authenticate, openBody });
  const connections = { pool, broker, stores, statistics, ...access, openBody };
  const subscription = await startSubscription(context, connections);
  opened.push(() => subscription.close());

  const deliveryReadiness = { current: (): Record<string, boolean> => ({ delivery: false }) };
  const app = openApp(context, {
    doors: ingest.doors,
    routers: [ingest.router, subscription.router, createSampleReceiver(show)],
    parts: apiParts,
    ...refusal(config),
    readiness: () => ({
      ...ingest.readiness(),
      ...subscription.readiness(),
      // This process has no other replica, and an embedded database is part of it.
      database: database.isUp(),
      ...deliveryReadiness.current(),
    }),
    broker,
  });
  http.serve(app);

  // Delivery lists the subscriptions over HTTP, so it starts after the application.
  const delivery = startDelivery(context, {
    broker,
    statistics: statistics.statistics,
    clock,
    observers: [showDeliveries(show, Date.now)],
  });
  deliveryReadiness.current = delivery.readiness;
  opened.pushDraining(() => delivery.close());
  // Ingest closes first, so that no new events come in while the work in progress is finished.
  opened.pushDraining(() => ingest.close());
  opened.push((cut) => http.close(cut));

  await delivery.started;
  return broker;
}

const nothingLost = 'RabbitMQ keeps every accepted event. Callbacks under way may come again.';

async function lostIn(broker: Broker): Promise<string> {
  const queues = await broker.queues().catch(() => []);
  const waiting = queues.reduce((sum, { ready }) => sum + ready, 0);
  return `Lost: the callbacks under way, and the messages that wait in memory: ${waiting}.`;
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
