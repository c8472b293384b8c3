import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';

type ServiceName = 'ingest' | 'subscription' | 'delivery' | 'standalone';

interface ServiceProcess {
  /** Where it listens. */
  readonly url: string;
  readonly child: ChildProcess;
  /** Its log so far, a parsed line each. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const services = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a service as it is run in earnest: the built program under node, told by its environment. */
async function startProcess(name: ServiceName, env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [`${services}${name}/dist/main.js`], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: Record<string, unknown>[] = [];
  let rest = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines)
      log.push(line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : { text: line });
  });
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const lastSign = name === 'delivery' ? 'taking work' : 'listening';
  await waitFor(() => hasEnded() || log.some(({ msg }) => msg === lastSign), {
    what: `${name} to start`,
    timeoutMs: 20_000,
  });
  if (hasEnded()) throw new Error(`${name} ended: ${errors}${JSON.stringify(log)}`);

  return {
    url: String(log.find(({ msg }) => msg === 'listening')?.['url']),
    child,
    log,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export interface BusProcesses {
  readonly ingest: ServiceProcess;
  readonly subscription: ServiceProcess;
  readonly delivery: ServiceProcess;
  readonly env: Readonly<Record<string, string>>;
  /** @returns the exit codes */
  stop(): Promise<(number | null)[]>;
}

/** The three services as processes of their own, on the servers of a place. */
export async function startBus(place: Place, more: Readonly<Record<string, string>> = {}): Promise<BusProcesses> {
  const shared = {
    PORT: '0',
    AUTH: 'none',
    AMQP_URL: place.amqpUrl,
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redisUrl,
    BROKER_PREFIX: place.brokerPrefix,
    REDIS_PREFIX: place.redisPrefix,
    INTERNAL_TOKEN: 'a-token-between-the-services',
    // Where the receivers of the tests listen.
    CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
    ...more,
  };
  const [ingest, subscription] = await Promise.all([
    startProcess('ingest', shared),
    startProcess('subscription', shared),
  ]);
  const env = { ...shared, SUBSCRIPTION_URL: subscription.url };
  const delivery = await startProcess('delivery', env);
  return {
    ingest,
    subscription,
    delivery,
    env,
    stop: () => Promise.all([ingest.stop(), delivery.stop(), subscription.stop()]),
  };
}
