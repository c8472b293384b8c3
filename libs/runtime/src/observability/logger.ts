import { types } from 'node:util';
import { pino, type Logger } from 'pino';
import { createLogDestination } from './log-destination.js';

export type { Logger };

/** Logs one JSON line per record to standard output. */
export function createLogger(options: { service: string; level: string }): Logger {
  const destination = createLogDestination((lines) =>
    logger.warn({ lines }, 'log lines were lost: they could not be written'),
  );
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
 * The properties of an error that are logged. pino would log all properties, among them secrets: axios attaches the
 * request with its bearer token, joi the refused value, pg the row that could not be stored.
 */
function describeError(error: unknown): unknown {
  if (!types.isNativeError(error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const errors = error instanceof AggregateError ? error.errors.map(describeError) : undefined;
  return { type: name, message, code, stack, errors, cause: cause === undefined ? undefined : describeError(cause) };
}
