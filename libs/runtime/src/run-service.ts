import { createLogger, type Logger } from './logger.js';
import { ConfigError, readConfig, type Settings } from './read-config.js';

interface RunningService {
  /** Drains: takes nothing new, finishes what is under way, disconnects. */
  close(): Promise<void>;
}

export interface ServiceDefinition<T extends { LOG_LEVEL: string }> {
  readonly name: string;
  readonly settings: Settings<T>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @param stopping aborted when the process is told to stop, also before the start is through */
  start(config: Readonly<T>, logger: Logger, stopping: AbortSignal): Promise<RunningService>;
}

/**
 * The life of a service's process: read the environment, start, drain on SIGTERM or SIGINT and exit 0. A faulty
 * environment exits 2 with all faults on standard error; anything unexpected is logged and exits 1, loudly, because a
 * process that goes on in an unknown state is worse than a restart.
 */
export async function runService<T extends { LOG_LEVEL: string }>(definition: ServiceDefinition<T>): Promise<void> {
  let config: Readonly<T>;
  try {
    config = readConfig(definition.settings, definition.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`callbus ${definition.name} cannot start:\n${error.message.replaceAll(/^/gm, '  ')}\n`);
    process.exitCode = 2;
    return;
  }

  const logger = createLogger({ service: definition.name, level: config.LOG_LEVEL });
  const die = (error: unknown) => {
    logger.fatal({ err: error }, 'unexpected');
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);

  const stopping = new AbortController();
  const exit = () => {
    logger.info('stopped');
    process.exit(0);
  };
  const starting = definition.start(config, logger, stopping.signal);
  const stop = (signal: string) => {
    if (stopping.signal.aborted) return;
    logger.info({ signal }, 'draining');
    stopping.abort();
    starting.then((service) => service.close().then(exit, die), exit);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await starting.catch((error: unknown) => {
    if (!stopping.signal.aborted) die(error);
  });
}
