import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Place } from '../isolate.js';
import { waitFor } from '../wait-for.js';

type ServiceName = 'ingest' | 'subscription' | 'delivery' | 'standalone';
export type Environment = Readonly<Record<string, string>>;
type LogLine = Readonly<Record<string, unknown>>;

/** A service whose processes run one after the other, on the same port and with one log. */
export interface ServiceProcess {
  readonly name: ServiceName;
  /** Where the service listens. */
  readonly url: string;
  readonly port: number;
  /** The current process, or the last one. */
  readonly child: ChildProcess;
  /** The log so far, one entry per parsed line. */
  readonly log: readonly LogLine[];
  /** Exits that no test asked for, with the last lines of the log. */
  readonly deaths: readonly { readonly name: ServiceName; readonly log: readonly LogLine[] }[];
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts the service again after a stop or kill. Resolves when the log shows `sign`; by default, that it is up. */
  start(sign?: string): Promise<void>;
}

export interface StartServiceOptions {
  readonly name: ServiceName;
  /** The whole environment except PATH. The log level has to be `info` or more verbose. */
  readonly env: Environment;
  /** Command-line options for node. */
  readonly execArgv?: readonly string[];
  /** The log message that ends the wait for the first process. Default: the message that the service is up. */
  readonly sign?: string;
  /** Called with each process. */
  readonly onSpawn?: (child: ChildProcess) => void;
}

const services = fileURLToPath(new URL('../../../../services/', import.meta.url));
const startTimeoutMs = 30_000;
const linesOfDeath = 3;

/** Runs a service as in production: the built program under node, configured by its environment. */
export async function startService(options: StartServiceOptions): Promise<ServiceProcess> {
  const { name, env, execArgv = [], onSpawn } = options;
  const log: LogLine[] = [];
  const deaths: { name: ServiceName; log: LogLine[] }[] = [];
  const upSign = name === 'delivery' ? 'taking work' : 'listening';
  let url: string | undefined;
  let child: ChildProcess;
  let exited: Promise<number | null>;
  let isEnding = false;

  async function start(sign = upSign): Promise<void> {
    const before = log.length;
    const ownEnv = { PATH: process.env['PATH'] ?? '', ...env, ...(url !== undefined && { PORT: new URL(url).port }) };
    const started = spawn(process.execPath, [...execArgv, `${services}${name}/dist/main.js`], {
      env: ownEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    isEnding = false;
    onSpawn?.(started);
    let errors = '';
    createInterface({ input: started.stdout }).on('line', (line) => {
      log.push(line.startsWith('{') ? (JSON.parse(line) as LogLine) : { text: line });
    });
    started.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    exited = new Promise((resolve) => {
      started.on('exit', (code) => {
        if (!isEnding) deaths.push({ name, log: log.slice(-linesOfDeath) });
        resolve(code);
      });
    });

    const hasEnded = () => started.exitCode !== null || started.signalCode !== null;
    const hasSaid = (text: string) => log.slice(before).some(({ msg }) => msg === text);
    const what = `${name} to start`;
    await waitFor(() => hasEnded() || (hasSaid('listening') && hasSaid(sign)), { what, timeoutMs: startTimeoutMs });
    // A process that was killed before it was up is no error: whoever killed it ends it or starts it again.
    if (started.exitCode !== null) throw new Error(`${name} ended: ${errors}${JSON.stringify(log)}`);
    // A process that listens on all addresses is reached through loopback.
    url ??= String(log.find(({ msg }) => msg === 'listening')?.['url']).replace('//0.0.0.0:', '//127.0.0.1:');
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    isEnding = true;
    child.kill(signal);
    return exited;
  }

  await start(options.sign);
  return {
    name,
    url: String(url),
    port: Number(new URL(String(url)).port),
    get child() {
      return child;
    },
    log,
    deaths,
    start,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}

/** The environment that connects services to their servers. */
export function busEnvironment(place: Omit<Place, 'cleanUp'>): Record<string, string> {
  return {
    AUTH: 'none',
    AMQP_URL: place.amqpUrl,
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redisUrl,
    BROKER_PREFIX: place.brokerPrefix,
    REDIS_PREFIX: place.redisPrefix,
    INTERNAL_TOKEN: 'a-token-between-the-services',
    // Where the receivers of tests listen.
    CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  };
}
