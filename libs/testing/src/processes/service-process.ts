import type { ChildProcess } from 'node:child_process';
import type { Place } from '../isolate.js';
import { waitFor } from '../wait-for.js';
import { runProgram, type Environment, type Program } from './program.js';

type ServiceName = 'ingest' | 'subscription' | 'delivery' | 'standalone';
type LogLine = Readonly<Record<string, unknown>>;

/** A service whose processes run one after the other, on the same port and with one log. */
export interface ServiceProcess {
  readonly name: ServiceName;
  /** The URL at which the service listens. */
  readonly url: string;
  readonly port: number;
  /** The current process, or the last one. */
  readonly child: ChildProcess;
  /** The log so far, one entry per parsed line. */
  readonly log: readonly LogLine[];
  /** Exits that no test asked for, with the last lines of the log. */
  readonly deaths: readonly { readonly name: ServiceName; readonly log: readonly LogLine[] }[];
  /** SIGTERM, and SIGKILL when the process has not ended after a minute. @returns the exit code, or null after SIGKILL */
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
}

const startTimeoutMs = 30_000;
const stopTimeoutMs = 60_000;
const linesOfDeath = 3;

/**
 * Runs a service as in production: the built program under node, configured by its environment.
 *
 * @throws when the service does not start; then no process of it is left
 */
export async function startService(options: StartServiceOptions): Promise<ServiceProcess> {
  const { name, env, execArgv = [] } = options;
  const log: LogLine[] = [];
  const deaths: { name: ServiceName; log: LogLine[] }[] = [];
  const upSign = name === 'delivery' ? 'taking work' : 'listening';
  const onLine = (line: string) => {
    log.push(line.startsWith('{') ? (JSON.parse(line) as LogLine) : { text: line });
  };
  let url: string | undefined;
  let program: Program;
  let isEnding = false;

  async function start(sign = upSign): Promise<void> {
    const before = log.length;
    const ownEnv = { ...env, ...(url !== undefined && { PORT: new URL(url).port }) };
    const started = runProgram(`${name}/dist/main.js`, ownEnv, { execArgv, onLine });
    program = started;
    isEnding = false;
    void started.exited.then(() => {
      if (!isEnding) deaths.push({ name, log: log.slice(-linesOfDeath) });
    });

    const hasLogged = (text: string) => log.slice(before).some(({ msg }) => msg === text);
    const what = `${name} to start`;
    try {
      await waitFor(() => started.hasExited() || (hasLogged('port open') && hasLogged(sign)), {
        what,
        timeoutMs: startTimeoutMs,
      });
    } catch (error) {
      await end('SIGKILL');
      throw error;
    }
    // A process that was killed before it was up is no error: the test that killed it ends it or starts it again.
    if (started.child.exitCode !== null) {
      await started.exited;
      throw new Error(`${name} ended: ${started.output()}`);
    }
    // A process that listens on all addresses is reached through loopback.
    url ??= String(log.find(({ msg }) => msg === 'port open')?.['url']).replace('//0.0.0.0:', '//127.0.0.1:');
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    isEnding = true;
    const { child, exited } = program;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    return exited.finally(() => clearTimeout(timer));
  }

  await start(options.sign);
  return {
    name,
    url: String(url),
    port: Number(new URL(String(url)).port),
    get child() {
      return program.child;
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
    // The receivers of tests listen on loopback.
    CALLBACK_ALLOW_CIDRS: '127.0.0.0/8',
  };
}
