import { fileURLToPath } from 'node:url';
import { findFreePort } from '@callbus/testing/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import { attend, nodeOptions, type Program } from './program.js';
import type { PreloadCommands } from './programs/preload.js';
import type { Processes } from './usage.js';

type ServiceName = 'ingest' | 'subscription' | 'delivery';

/** A service as it is run in earnest: the built program, told by its environment. */
export interface Service extends Program<PreloadCommands> {
  readonly url: string;
  /** From the start of the process until it was ready. */
  readonly readyAfterS: number;
}

export interface BusOptions {
  readonly amqpUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Of queues and keys, so that each bus begins with empty ones. */
  readonly name: string;
}

/** Everything else is the services' default. */
export const productionSettings = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  AUTH: 'none',
  CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  INTERNAL_TOKEN: 'a-token-between-the-services',
};

const preload = fileURLToPath(new URL('programs/preload.js', import.meta.url));
const loadTimeoutMs = 120_000;

export type Bus = Awaited<ReturnType<typeof startBus>>;

/** ingest and subscription; workers are started one by one. */
export async function startBus(options: BusOptions) {
  const environment = {
    ...productionSettings,
    AMQP_URL: options.amqpUrl,
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: options.redisUrl,
    BROKER_PREFIX: `${options.name}.`,
    REDIS_PREFIX: `${options.name}:`,
  };
  const [ingest, subscription] = await Promise.all([
    startService('ingest', environment),
    startService('subscription', environment),
  ]);
  let workers: Service[] = [];

  async function stopWorkers(): Promise<void> {
    await Promise.all(workers.map((worker) => worker.stop()));
    workers = [];
  }

  return {
    ingest,
    subscription,
    databaseUrl: options.databaseUrl,
    prefix: `${options.name}.`,
    async addWorker(): Promise<Service> {
      const worker = await startService('delivery', { ...environment, SUBSCRIPTION_URL: subscription.url });
      workers.push(worker);
      return worker;
    },
    stopWorkers,
    processes: (): Processes => ({
      ingest: [ingest.pid],
      ...(workers.length > 0 && { delivery: workers.map(({ pid }) => pid) }),
    }),
    async stop(): Promise<void> {
      await Promise.all([ingest.stop(), subscription.stop(), stopWorkers()]);
    },
  };
}

async function startService(name: ServiceName, environment: Readonly<Record<string, string>>): Promise<Service> {
  const port = await findFreePort();
  const file = fileURLToPath(new URL(`../../services/${name}/dist/main.js`, import.meta.url));
  const start = performance.now();
  const program = attend<PreloadCommands>(file, {
    env: { ...environment, PORT: String(port) },
    execArgv: [...nodeOptions, '--import', preload],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/readyz`)).ok, {
    what: `${name} to be ready`,
    timeoutMs: loadTimeoutMs,
  });
  return { ...program, url, readyAfterS: (performance.now() - start) / 1_000 };
}
