import type { Logger } from 'pino';
import type { PublishingFault } from '../../broker.js';

/** Why messages are not taken, and of which queue, where it is one. */
interface PublishingNow {
  readonly reason: PublishingFault;
  readonly queue?: string;
}

/** Tells the log once when what is published is not taken any more, when the reason changes, and when it is over. */
export function createPublishingLog(logger: Logger, faultNow: () => PublishingNow | undefined) {
  let told: string | undefined;
  let seen: string | undefined;

  return {
    /** Call it regularly: what is seen only once, as the moment between two connections, is not told. */
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
