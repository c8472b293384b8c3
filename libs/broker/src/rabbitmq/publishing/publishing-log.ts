import type { Logger } from 'pino';
import type { PublishingFault } from '../../broker.js';

/** Why messages are not taken, and by which queue, if it is one queue. */
interface PublishingNow {
  readonly reason: PublishingFault;
  readonly queue?: string;
}

/** Logs once when messages are no longer taken, when the reason changes, and when the fault is over. */
export function createPublishingLog(logger: Logger, faultNow: () => PublishingNow | undefined) {
  let told: string | undefined;
  let seen: string | undefined;

  return {
    /** Call it regularly. A fault that is seen only once, such as the moment between two connections, is not logged. */
    look(): void {
      const fault = faultNow();
      const reason = fault?.reason;
      if (reason === seen && reason !== told) {
        told = reason;
        if (reason === undefined) logger.info('publishing works again');
        else logger.warn(fault, 'publishing fails');
      }
      seen = reason;
    },
  };
}
