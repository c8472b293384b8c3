import { fileURLToPath } from 'node:url';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import type { Checkout, ServiceName } from './checkout.js';
import { attend, nodeOptions, startProgram, type Program } from './program.js';
import type { PreloadCommands } from '../programs/preload.js';
import type { QueueCommands } from '../programs/queue.js';
import type { Processes } from './usage.js';

/** A service that runs as in production: the built program, configured by its environment. */
export interface Service extends Program<PreloadCommands> {
  readonly url: string;
  /** The time from the start of the process to its readiness. */
  readonly readyAfterS: number;
}

export interface BusOptions {
  /** The checkout whose services run. */
  readonly checkout: Checkout;
  readonly amqpUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The prefix of queues and keys, so that each bus begins with empty ones. */
  readonly name: string;
}

/** All other settings have their defaults. */
export const productionSettings = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  AUTH: 'none',
  CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  INTERNAL_TOKEN: 'a-token-between-the-services',
};

const preload = fileURLToPath(new URL('../programs/preload.js', import.meta.url));
const loadTimeoutMs = 120_000;

export type Bus = Awaited<ReturnType<typeof startBus>>;

/** Starts ingest and subscription; workers are started one by one. */
export async function startBus(options: BusOptions) {
  const environment = {
    ...productionSettings,
    AMQP_URL: options.amqpUrl,
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: options.redisUrl,
    BROKER_PREFIX: `${options.name}.`,
    REDIS_PREFIX: `${options.name}:`,
  };
  const start = (name: ServiceName, more = {}) =>
    startService(options.checkout.service(name), { ...environment, ...more });
  const [ingest, subscription] = await Promise.all([start('ingest'), start('subscription')]);
  let workers: Service[] = [];
  let queue: Program<QueueCommands> | undefined;

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
      const worker = await start('delivery', { SUBSCRIPTION_URL: subscription.url });
      workers.push(worker);
      return worker;
    },
    stopWorkers,
    /** Pauses the workers during `work`, so that a backlog grows in front of warm workers. */
    async whilePaused(work: () => Promise<void>): Promise<void> {
      const signal = (name: NodeJS.Signals) => workers.forEach(({ pid }) => process.kill(pid, name));
      signal('SIGSTOP');
      await work().finally(() => signal('SIGCONT'));
    },
    /** Publishes deliveries like dispatch, to the subscriptions in turn. */
    async fillDeliveries(deliveries: { subscriptions: readonly number[]; events: number }): Promise<void> {
      queue ??= startProgram<QueueCommands>('queue', options.checkout);
      await queue.ask('fillDeliveries', { amqpUrl: options.amqpUrl, prefix: `${options.name}.`, ...deliveries });
    },
    processes: (): Processes => ({
      ingest: [ingest.pid],
      ...(workers.length > 0 && { delivery: workers.map(({ pid }) => pid) }),
    }),
    async stop(): Promise<void> {
      await Promise.all([ingest.stop(), subscription.stop(), queue?.stop(), stopWorkers()]);
    },
  };
}

async function startService(file: string, environment: Readonly<Record<string, string>>): Promise<Service> {
  const port = await findFreePort();
  const start = performance.now();
  const program = attend<PreloadCommands>(file, {
    env: { ...environment, PORT: String(port) },
    execArgv: [...nodeOptions, '--import', preload],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/readyz`)).ok, {
    what: `${file} to be ready`,
    timeoutMs: loadTimeoutMs,
  });
  return { ...program, url, readyAfterS: (performance.now() - start) / 1_000 };
}
