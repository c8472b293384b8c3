import { once } from 'node:events';
import { describeCallbacks } from '@callbus/runtime/api/callbacks';
import { httpClock } from '@callbus/runtime/clock/reference-clocks';
import { openBroker } from '@callbus/start/open-broker';
import { openClock } from '@callbus/start/open-clock';
import { openPort } from '@callbus/start/open-port';
import { openStatistics } from '@callbus/start/open-statistics';
import { openStores } from '@callbus/start/open-stores';
import { serve } from '@callbus/start/serve';
import { startProcess } from '@callbus/start/start-process';
import { deliverySettings } from './settings.js';
import { startDelivery } from './start.js';

await startProcess({
  name: 'delivery',
  settings: deliverySettings,
  env: process.env,
  async open(context) {
    const { config, logger, stopping, opened } = context;
    const http = await openPort(context);
    const stores = openStores(context);
    const { statistics, queueFlow, survivals } = openStatistics(context, stores);
    const broker = await openBroker(context, { name: 'callbus delivery', queueFlow, survivals });
    const references = { ...stores.clocks, 'the subscription service': httpClock(config.SUBSCRIPTION_URL) };
    const clock = await openClock(context, references);
    const delivery = startDelivery(context, { broker, statistics, clock });
    serve(context, http, { routers: [], parts: [describeCallbacks()], readiness: delivery.readiness, broker });
    // The worker closes first. Messages that are still under way at the end of the shutdown time return to their queues when the connection closes.
    opened.pushDraining(() => delivery.close());
    // A worker that is told to stop before its directory is loaded has nothing to drain.
    await Promise.race([delivery.started, once(stopping, 'abort')]);
    stopping.throwIfAborted();
    logger.info('taking work');
  },
});
