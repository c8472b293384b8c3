import type { RequestListener } from 'node:http';
import type { Broker } from '@callbus/broker/broker';
import { createApp, type AppOptions } from '@callbus/runtime/http/app';
import { createBytesInHand } from '@callbus/runtime/http/bytes-in-hand';
import { connectionLimitsOf, listen, type HttpService } from '@callbus/runtime/http/http-service';
import { createBodies, type OpenBody } from '@callbus/runtime/http/request-body';
import type { Context } from './context.js';

interface HttpConfig {
  readonly HOST: string;
  readonly PORT: number;
  readonly MAX_CONNECTIONS?: number;
  readonly MAX_CONNECTIONS_PER_ADDRESS?: number | undefined;
}

type Served = Pick<AppOptions, 'doors' | 'routers' | 'refuse' | 'readiness'> & { readonly broker: Broker };

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

/** @throws when the address cannot be bound: CannotStart when the port is taken */
export async function serve(context: Context<HttpConfig>, served: Served): Promise<HttpService> {
  const { config, logger, opened } = context;
  const limits = connectionLimitsOf(config);
  const http = await listen(openApp(context, served), { host: config.HOST, port: config.PORT, limits });
  opened.push((cut) => http.close(cut));
  logger.info({ url: http.url }, 'listening');
  return http;
}
