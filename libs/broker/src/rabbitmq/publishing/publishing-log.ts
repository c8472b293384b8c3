import type { Logger } from 'pino';
import type { PublishingFault } from '../../broker.js';

/** Why messages are not taken, and by which queue when the fault concerns one queue. */
interface CurrentFault {
  readonly reason: PublishingFault;
  readonly queue?: string;
}

/** Logs when publishing begins to fail, when the reason changes, and when publishing works again: each once. */
export function createPublishingLog(logger: Logger, faultNow: () => CurrentFault | undefined) {
  let reported: string | undefined;
  let seen: string | undefined;

  return {
    /** Call it regularly. A fault is logged only when two calls in a row see it, so a short reconnect is not logged. */
    check(): void {
      const fault = faultNow();
      const reason = fault?.reason;
      if (reason === seen && reason !== reported) {
        reported = reason;
        if (reason === undefined) logger.info('publishing works again');
        else logger.warn(fault, 'publishing fails');
      }
      seen = reason;
    },
  };
}
