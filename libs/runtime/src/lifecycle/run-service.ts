import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { CannotStart } from './cannot-start.js';
import { createLogger, type Logger } from '../observability/logger.js';
import { ConfigError, readConfig, type ConfigOf, type Settings } from '../config/read-config.js';
import { settings } from '../config/settings.js';
import { startTracing } from '../observability/start-tracing.js';
import type { Tracing } from '../observability/tracing.js';

interface RunningService {
  /**
   * Drains: takes no new work, finishes the work in progress, disconnects.
   *
   * @param cut aborted when the time to drain is over: unfinished work is then handed back or cut off
   */
  close(cut: AbortSignal): Promise<void>;
}

interface Terminal {
  /** Tells the person what the drain waits for. */
  draining(timeoutS: number): void;
  /** A second Ctrl-C: tells the person what is lost, and ends child processes. The process ends when it resolves. */
  abandon(): Promise<void>;
}

export interface ServiceDefinition<T extends { LOG_LEVEL: string }> {
  readonly name: string;
  /** The settings of this service, in addition to the settings of every service. */
  readonly settings: Settings<T>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For a process that a person runs in a terminal. Without it, a second Ctrl-C changes nothing. */
  readonly terminal?: Terminal;
  /**
   * @param stopping aborted when the process is told to stop, even before the start is complete
   * @param tracing closed after the service; undefined unless it is configured
   */
  start(config: Readonly<T>, logger: Logger, stopping: AbortSignal, tracing?: Tracing): Promise<RunningService>;
}

const ofEveryService = {
  DRAIN_TIMEOUT: settings.DRAIN_TIMEOUT,
  OTEL_EXPORTER_OTLP_ENDPOINT: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  OTEL_TRACES_SAMPLER_ARG: settings.OTEL_TRACES_SAMPLER_ARG,
};

/**
 * The time-out for each address of a server's name. With node's default of 250 ms, a process never reaches a distant server
 * that also has an unreachable address, such as an IPv6 address. A lost first packet is sent again after 1 s. RabbitMQ
 * and Postgres have to be reached within 3 s, which leaves some time for a third address.
 */
const addressTimeoutMs = 1_400;

/** npm passes SIGINT on to a process that already has it from the terminal: signals this close together are one Ctrl-C. */
const oneKeyMs = 500;
/** The exit code of a process that was interrupted by Ctrl-C, as shells have it. */
const interrupted = 130;

/** The time to hand back unfinished work. A close that takes longer hangs. */
const handBackMs = 5_000;

/**
 * Runs the process of a service: reads the environment, starts the service, drains it on SIGTERM, SIGINT or SIGHUP
 * within DRAIN_TIMEOUT, and exits with 0, even when unfinished work had to be handed back.
 *
 * After an invalid environment or CannotStart, the process prints the reasons on standard error and exits with 2. After
 * an unexpected error, it logs the error and exits with 1, because its state is unknown. SIGUSR2 switches the log to
 * debug, and the next SIGUSR2 switches it back. In a terminal a second Ctrl-C ends the process at once, with 130.
 */
export async function runService<T extends { LOG_LEVEL: string }>(definition: ServiceDefinition<T>): Promise<void> {
  const config = readConfigOrComplain(definition);
  if (config === undefined) {
    process.exitCode = 2;
    return;
  }

  setDefaultAutoSelectFamilyAttemptTimeout(addressTimeoutMs);
  const logger = createLogger({ service: definition.name, level: config.LOG_LEVEL });
  const die = (error: unknown) => {
    logger.fatal({ err: error }, 'unexpected');
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);

  process.on('SIGUSR2', () => toggleDebug(logger, config.LOG_LEVEL));

  const stopping = new AbortController();
  const start = async (): Promise<RunningService> => {
    const tracing = await startTracing({ service: definition.name, config, logger });
    const service = await definition.start(config, logger, stopping.signal, tracing);
    return { close: (cut) => service.close(cut).then(() => tracing?.close()) };
  };
  // The start is deferred until the signal handlers are installed.
  const starting = Promise.resolve().then(start);
  const exit = () => {
    logger.info('stopped');
    logger.flush();
    process.exit(0);
  };
  let stoppedAt = 0;
  const stop = (signal: string) => {
    if (stopping.signal.aborted) {
      const isAgain = signal === 'SIGINT' && performance.now() - stoppedAt > oneKeyMs;
      if (isAgain) void definition.terminal?.abandon().finally(() => process.exit(interrupted));
      return;
    }
    stoppedAt = performance.now();
    logger.info({ signal, timeoutS: config.DRAIN_TIMEOUT }, 'draining');
    definition.terminal?.draining(config.DRAIN_TIMEOUT);
    stopping.abort();
    const cut = startDrainClock(config.DRAIN_TIMEOUT * 1_000, logger, die);
    starting.then((service) => service.close(cut).then(exit, die), exit);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // SIGHUP: the terminal was closed. Without a drain, the embedded servers would go on running.
  process.on('SIGHUP', stop);
  await starting.catch((error: unknown) => {
    if (stopping.signal.aborted) return;
    if (!(error instanceof CannotStart)) return die(error);
    process.stderr.write(`callbus ${definition.name} cannot start: ${error.message}\n`);
    process.exit(2);
  });
}

function toggleDebug(logger: Logger, configured: string): void {
  logger.level = logger.level === configured ? 'debug' : configured;
  logger.info({ to: logger.level }, 'log level changed');
}

function readConfigOrComplain<T extends { LOG_LEVEL: string }>({ name, settings: own, env }: ServiceDefinition<T>) {
  try {
    const all = { ...own, ...ofEveryService } as Settings<T & ConfigOf<typeof ofEveryService>>;
    return readConfig(all, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`callbus ${name} cannot start:\n${error.message.replaceAll(/^/gm, '  ')}\n`);
    return undefined;
  }
}

/** @returns a signal that is aborted when the time to drain is over */
function startDrainClock(timeoutMs: number, logger: Logger, die: (error: unknown) => void): AbortSignal {
  const cut = new AbortController();
  setTimeout(() => {
    logger.warn('the time to drain is over: unfinished work is cut off');
    cut.abort();
    setTimeout(() => die(new Error('the drain hangs')), handBackMs);
  }, timeoutMs);
  return cut.signal;
}
