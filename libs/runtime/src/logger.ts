import { pino, type Logger } from 'pino';

export type { Logger };

/** One JSON line a record on standard output, flushed at once so that a crash loses none. */
export function createLogger(options: { service: string; level: string }): Logger {
  return pino(
    { level: options.level, base: { service: options.service }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 1, sync: true }),
  );
}
