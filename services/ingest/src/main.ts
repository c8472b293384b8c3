import { httpClock } from '@callbus/runtime/clock/reference-clocks';
import { openAccess } from '@callbus/start/open-access';
import { openBroker } from '@callbus/start/open-broker';
import { openClock } from '@callbus/start/open-clock';
import { openPort } from '@callbus/start/open-port';
import { openQueueFlow } from '@callbus/start/open-statistics';
import { openStores } from '@callbus/start/open-stores';
import { openBodies, serve } from '@callbus/start/serve';
import { startProcess } from '@callbus/start/start-process';
import { describeIngest } from './routes/describe.js';
import { keySourceOf } from './key-source.js';
import { ingestSettings } from './settings.js';
import { redisTimeoutMs, startIngest } from './start.js';

await startProcess({
  name: 'ingest',
  settings: ingestSettings,
  env: process.env,
  async open(context) {
    const { config, opened } = context;
    const http = await openPort(context);
    const source = keySourceOf(context);
    const { authenticate, storedKeys } = await openAccess(context, source !== undefined);
    const stores = openStores(context, { commandTimeoutMs: redisTimeoutMs });
    const queueFlow = openQueueFlow(context, stores);
    const broker = await openBroker(context, { name: 'callbus ingest', queueFlow });
    await openClock(context, {
      ...stores.clocks,
      ...(config.SUBSCRIPTION_URL !== undefined && { 'the subscription service': httpClock(config.SUBSCRIPTION_URL) }),
    });
    if (source !== undefined && storedKeys !== undefined) {
      await storedKeys.open({ source, broker });
      opened.push(() => storedKeys.close());
    }
    const ingest = startIngest(context, { broker, stores, authenticate, openBody: openBodies(context) });
    opened.pushDraining(() => ingest.close());
    const { doors, router, readiness } = ingest;
    serve(context, http, { doors, routers: [router], parts: [describeIngest()], readiness, broker });
  },
});
