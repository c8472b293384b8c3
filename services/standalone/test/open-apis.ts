import { createMemoryBroker } from '@callbus/broker/memory';
import { createMemoryDeduplicate } from '@callbus/ingest/deduplicate';
import { createIngest } from '@callbus/ingest/service';
import type { Authenticate } from '@callbus/runtime/auth';
import { createApp, listen } from '@callbus/runtime/http-service';
import type { Logger } from '@callbus/runtime/logger';
import { createMemoryStatistics } from '@callbus/statistics/memory';
import { createPool } from '@callbus/subscription/database';
import { createSubscription } from '@callbus/subscription/service';
import { isolate } from '@callbus/testing/isolate';
import { routesOf, type Route } from './routes.js';

export interface OpenApis {
  readonly url: string;
  /** Of ingest. */
  readonly publishRoutes: readonly Route[];
  /** Of subscription. */
  readonly manageRoutes: readonly Route[];
  /** How many events were published, and every row that is stored: what no refused request may change. */
  state(): Promise<string>;
  /** Forgets what is stored. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Ingest and subscription in this process, as standalone wires them but without workers, on a real Postgres. */
export async function openApis({
  authenticate,
  logger,
}: {
  authenticate: Authenticate;
  logger: Logger;
}): Promise<OpenApis> {
  const place = await isolate({ database: true });
  const pool = createPool({ url: place.databaseUrl, logger });
  const broker = createMemoryBroker({ logger });
  const statistics = createMemoryStatistics();
  const ingest = createIngest({
    broker,
    deduplicate: createMemoryDeduplicate({ windowS: 1, now: Date.now }),
    authenticate,
    limits: { eventsPerRequest: 100, eventBytes: 262_144 },
    logger,
  });
  const subscription = await createSubscription({
    pool,
    broker,
    statistics,
    authenticate,
    internalToken: 'a token of the workers',
    probeTimeoutMs: 500,
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
    routers: [ingest.router, subscription.router],
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

  return {
    url: http.url,
    publishRoutes: routesOf(ingest.router),
    manageRoutes: routesOf(subscription.router),
    async state() {
      const rows = (await tables()).map(async (table) => {
        const result = await pool.query<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`);
        return [table, result.rows.map(({ row }) => row)];
      });
      return JSON.stringify({ published, stored: await Promise.all(rows) });
    },
    async clear() {
      await pool.query('DELETE FROM subscriptions');
    },
    async close() {
      await http.close();
      await ingest.close();
      await subscription.close();
      await Promise.all([statistics.close(), broker.close()]);
      await pool.end();
      await place.cleanUp();
    },
  };
}
