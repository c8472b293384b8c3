import { openAccess } from '@callbus/start/open-access';
import { openBroker } from '@callbus/start/open-broker';
import { openClock } from '@callbus/start/open-clock';
import { openPort } from '@callbus/start/open-port';
import { openStatistics } from '@callbus/start/open-statistics';
import { openStores } from '@callbus/start/open-stores';
import { openBodies, serve } from '@callbus/start/serve';
import { startProcess } from '@callbus/start/start-process';
import { describeSubscription } from './api/describe.js';
import { openPool } from './database/open-pool.js';
import { postgresClock } from './database/postgres-clock.js';
import { subscriptionSettings } from './settings.js';
import { startSubscription } from './start.js';

await startProcess({
  name: 'subscription',
  settings: subscriptionSettings,
  env: process.env,
  async open(context) {
    const { opened } = context;
    const http = await openPort(context);
    const access = await openAccess(context);
    const pool = await openPool(context);
    const stores = openStores(context);
    const statistics = openStatistics(context, stores);
    const broker = await openBroker(context, { name: 'callbus subscription', queueFlow: statistics.queueFlow });
    await openClock(context, { ...stores.clocks, postgres: postgresClock(pool) });
    const connections = { pool, broker, stores, statistics, ...access, openBody: openBodies(context) };
    const subscription = await startSubscription(context, connections);
    opened.push(() => subscription.close());
    const { router, readiness } = subscription;
    serve(context, http, { routers: [router], parts: [describeSubscription()], readiness, broker });
  },
});
