import type { RequestListener } from 'node:http';
import type { Broker } from '@callbus/broker/broker';
import { createApp, type AppOptions } from '@callbus/runtime/http/app';
import { createBytesInHand } from '@callbus/runtime/http/bytes-in-hand';
import { createBodies, type OpenBody } from '@callbus/runtime/http/request-body';
import type { Context } from './context.js';
import type { OpenPort } from './open-port.js';

type Served = Pick<AppOptions, 'doors' | 'routers' | 'parts' | 'refuse' | 'readiness'> & { readonly broker: Broker };

/** Opens the bodies of all requests of a process, within one limit on the bytes in hand. */
export function openBodies({ config, metrics }: Context<{ readonly MAX_BYTES_IN_HAND: number }>): OpenBody {
  const inHand = createBytesInHand({ limit: config.MAX_BYTES_IN_HAND });
  metrics.watchBytesInHand(inHand);
  return createBodies(inHand);
}

/** Creates the application of a process: the routes of its services, health and metrics. */
export function openApp({ logger, stopping, metrics }: Context<unknown>, served: Served): RequestListener {
  const { broker, routers, ...rest } = served;
  return createApp({
    ...rest,
    routers: [...routers, metrics.router],
    publishing: () => broker.publishing(),
    stopping,
    observeRequest: metrics.observeRequest,
    logger,
  });
}

/** Serves the application of a process on its open port. */
export function serve(context: Context<unknown>, http: OpenPort, served: Served): void {
  http.serve(openApp(context, served));
  context.opened.push((cut) => http.close(cut));
}
