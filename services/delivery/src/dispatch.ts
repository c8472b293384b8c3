import type { Outcome, ReceivedMessage } from '@callbus/broker/broker';
import { readEventHeaders } from '@callbus/contracts/event';
import type { Logger } from '@callbus/runtime/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Directory } from './directory.js';
import type { Lanes } from './lanes.js';

/** One event becomes one task for each subscription that it is due to. */
export function createDispatch(options: {
  directory: Directory;
  lanes: Lanes;
  statistics: Statistics;
  logger: Logger;
}) {
  const { directory, lanes, statistics, logger } = options;

  return function dispatch(message: ReceivedMessage): Promise<Outcome> {
    const event = readEventHeaders(message.headers);
    if (event === undefined) return Promise.resolve({ kind: 'undelivered', reason: 'poison' });
    const deliveries = directory.match(event).map((subscription) => {
      lanes.expect(subscription.id);
      statistics.count(subscription.id, 'pending');
      return { ...event, subscription: subscription.id, attempt: 1, parked: 0 };
    });
    logger.debug({ event: event.id, name: event.name, subscriptions: deliveries.length }, 'matched');
    return Promise.resolve({ kind: 'dispatched', deliveries });
  };
}
