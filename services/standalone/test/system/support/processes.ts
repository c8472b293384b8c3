import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Place } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';

type ServiceName = 'ingest' | 'subscription' | 'delivery' | 'standalone';
type Environment = Readonly<Record<string, string>>;

/** A service in one process after the other, all on the same port and with one log. */
export interface ServiceProcess {
  readonly name: ServiceName;
  /** Where it listens. */
  readonly url: string;
  /** The process that runs now, or ran last. */
  readonly child: ChildProcess;
  /** Its log so far, a parsed line each. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after it was stopped or killed, and resolves when the log shows that it is up, or `sign`. */
  start(sign?: string): Promise<void>;
}

const services = fileURLToPath(new URL('../../../../', import.meta.url));

/** Runs a service as it is run in earnest: the built program under node, told by its environment. */
async function startProcess(name: ServiceName, env: Environment, firstSign?: string): Promise<ServiceProcess> {
  const log: Record<string, unknown>[] = [];
  const upSign = name === 'delivery' ? 'taking work' : 'listening';
  let url: string | undefined;
  let child: ChildProcess;
  let exited: Promise<number | null>;

  async function start(sign = upSign): Promise<void> {
    const before = log.length;
    const port = url === undefined ? {} : { PORT: new URL(url).port };
    const life = spawnService(name, { ...env, ...port }, log);
    child = life.child;
    exited = life.exited;

    const hasEnded = () => life.child.exitCode !== null || life.child.signalCode !== null;
    const hasSaid = (text: string) => log.slice(before).some(({ msg }) => msg === text);
    await waitFor(() => hasEnded() || (hasSaid('listening') && hasSaid(sign)), {
      what: `${name} to start`,
      timeoutMs: 30_000,
    });
    // A life that was killed before it was up is for whoever killed it to end or to start again.
    if (life.child.exitCode !== null) throw new Error(`${name} ended: ${life.errors()}${JSON.stringify(log)}`);
    url ??= String(log.find(({ msg }) => msg === 'listening')?.['url']);
  }

  await start(firstSign);
  return {
    name,
    url: String(url),
    get child() {
      return child;
    },
    log,
    start,
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

function spawnService(name: ServiceName, env: Environment, log: Record<string, unknown>[]) {
  const child = spawn(process.execPath, [`${services}${name}/dist/main.js`], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
  return { child, exited, errors: () => errors };
}

export interface BusProcesses {
  readonly ingest: ServiceProcess;
  readonly subscription: ServiceProcess;
  readonly delivery: ServiceProcess;
  readonly env: Environment;
  /** Starts one more delivery worker, and resolves when the log shows that it takes work, or `sign`. */
  addWorker(sign?: string): Promise<ServiceProcess>;
  /** @returns the exit codes: ingest, the workers, subscription */
  stop(): Promise<(number | null)[]>;
}

/** The three services as processes of their own, on the servers of a place. */
export async function startBus(place: Omit<Place, 'cleanUp'>, more: Environment = {}): Promise<BusProcesses> {
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
  const workers = [delivery];
  return {
    ingest,
    subscription,
    delivery,
    env,
    async addWorker(sign) {
      const worker = await startProcess('delivery', env, sign);
      workers.push(worker);
      return worker;
    },
    stop: () => Promise.all([ingest, ...workers, subscription].map((service) => service.stop())),
  };
}
