import { types } from 'node:util';
import { pino, type Logger } from 'pino';
import { createLogDestination } from './log-destination.js';

export type { Logger };

/** One JSON line per record on standard output. */
export function createLogger(options: { service: string; level: string }): Logger {
  const destination = createLogDestination((lines) => logger.warn({ lines }, 'log lines were lost: nobody took them'));
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
    },
    destination,
  );
  return logger;
}

/**
 * The properties of an error that are logged. pino would also log what libraries attach to their errors: axios the
 * request with its bearer token, joi the value that it refused, pg the row that it could not store.
 */
function describeError(error: unknown): unknown {
  if (!types.isNativeError(error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const errors = error instanceof AggregateError ? error.errors.map(describeError) : undefined;
  return { type: name, message, code, stack, errors, cause: cause === undefined ? undefined : describeError(cause) };
}
