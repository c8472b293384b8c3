import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { CannotStart } from './cannot-start.js';
import { createLogger, type Logger } from '../observability/logger.js';
import { ConfigError, readConfig, type ConfigOf, type Settings } from '../config/read-config.js';
import { settings } from '../config/settings.js';
import { startTracing } from '../observability/start-tracing.js';
import type { Tracing } from '../observability/tracing.js';

interface RunningService {
  /**
   * Drains: takes nothing new, finishes what is under way, disconnects.
   *
   * @param cut aborted when the drain's time is up: whatever is not finished then is handed back or cut off
   */
  close(cut: AbortSignal): Promise<void>;
}

export interface ServiceDefinition<T extends { LOG_LEVEL: string }> {
  readonly name: string;
  /** Beside those that every service has. */
  readonly settings: Settings<T>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * @param stopping aborted when the process is told to stop, also before the start is through
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
 * Of each address of a server's name. Node gives up on one after 250 ms, and so never reaches a server that is farther away and has
 * another address, such as one of IPv6, that cannot be reached from here. A first packet that is lost is sent again after a second, and
 * of the 3 s in which RabbitMQ and Postgres have to be reached something is left for the third address.
 */
const addressTimeoutMs = 1_400;

/** For handing back what is cut; a close that takes longer hangs. */
const handBackMs = 5_000;

/**
 * The life of a service's process: read the environment, start, drain on SIGTERM, SIGINT or SIGHUP within DRAIN_TIMEOUT, and
 * exit 0, also when what could not be finished had to be handed back. A faulty environment exits 2 with all faults on
 * standard error, and so does CannotStart with its one line; anything unexpected is logged and exits 1, loudly, because a process that goes on in an unknown state
 * is worse than a restart. SIGUSR2 turns the log to debug, and once more back.
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
  // A moment later, so that no signal finds the process deaf.
  const starting = Promise.resolve().then(start);
  const exit = () => {
    logger.info('stopped');
    logger.flush();
    process.exit(0);
  };
  const stop = (signal: string) => {
    if (stopping.signal.aborted) return;
    logger.info({ signal, timeoutS: config.DRAIN_TIMEOUT }, 'draining');
    stopping.abort();
    const cut = startDrainClock(config.DRAIN_TIMEOUT * 1_000, logger, die);
    starting.then((service) => service.close(cut).then(exit, die), exit);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A terminal that is closed: without a drain, embedded servers would stay behind.
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

/** @returns aborted when the time is up */
function startDrainClock(timeoutMs: number, logger: Logger, die: (error: unknown) => void): AbortSignal {
  const cut = new AbortController();
  setTimeout(() => {
    logger.warn('the time to drain is up: cutting off what is still under way');
    cut.abort();
    setTimeout(() => die(new Error('the drain hangs')), handBackMs);
  }, timeoutMs);
  return cut.signal;
}
