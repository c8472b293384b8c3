import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp, type AppOptions } from '@callbus/runtime/http/app';
import { connectionLimitsOf, listen, type HttpService } from '@callbus/runtime/http/http-service';
import { asksForHealth } from '@callbus/runtime/http/limit-connections';
import { sendJson } from '@callbus/runtime/http/send-json';
import type { Context } from './context.js';

interface HttpConfig {
  readonly HOST: string;
  readonly PORT: number;
  readonly MAX_CONNECTIONS?: number;
  readonly MAX_CONNECTIONS_PER_ADDRESS?: number | undefined;
}

export interface OpenPort extends HttpService {
  /** Lets the application of the process answer all requests, also those that wait. */
  serve(app: RequestListener): void;
}

/** Longer than a start takes while the servers are up, so that a gateway may send requests to a starting process. */
const longestWaitMs = 5_000;

/**
 * Opens the port before anything else. So a process whose port is taken changes nothing, and a process that waits for a server
 * answers liveness probes. Until `serve`, the process answers health and metrics. All other requests wait, and get a 503 after
 * five seconds. The log says `port open`, and `listening` once all requests are answered.
 *
 * @throws when the address cannot be bound: CannotStart when the port is taken
 */
export async function openPort(
  context: Context<HttpConfig>,
  options: Pick<AppOptions, 'refuse'> = {},
): Promise<OpenPort> {
  const { config, logger } = context;
  let app = createStartingApp(context, options);
  let isServing = false;
  let noteServing: () => void;
  const serving = new Promise<void>((resolve) => (noteServing = resolve));

  async function answerLater(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await Promise.race([serving, sleep(longestWaitMs, undefined, { ref: false })]);
    if (!request.socket.destroyed) app(request, response);
  }

  const http = await listen(
    (request, response) => {
      if (isServing || asksForHealth(request)) app(request, response);
      else void answerLater(request, response);
    },
    { host: config.HOST, port: config.PORT, limits: connectionLimitsOf(config) },
  );
  logger.info({ url: http.url }, 'port open');
  return {
    ...http,
    serve(application) {
      app = application;
      isServing = true;
      noteServing();
      logger.info({ url: http.url }, 'listening');
    },
  };
}

/** The application of a process that is not connected to its servers yet. */
function createStartingApp(
  { metrics, stopping, logger }: Context<unknown>,
  options: Pick<AppOptions, 'refuse'>,
): RequestListener {
  return createApp({
    ...options,
    routers: [
      metrics.router,
      (_request, response) => sendJson(response.set('Retry-After', '1'), 503, { message: 'the service is starting' }),
    ],
    readiness: () => ({ started: false }),
    stopping,
    observeRequest: metrics.observeRequest,
    logger,
  });
}
