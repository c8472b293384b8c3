import type { Outcome, ReceivedMessage } from '@callbus/broker/broker';
import { isEventBody, readEventHeaders } from '@callbus/contracts/event';
import type { Directory } from './directory.js';
import type { Lanes } from './lanes.js';
import type { History } from './history.js';

/** One event becomes one task for each subscription that it is due to. */
export function createDispatch(options: { directory: Directory; lanes: Lanes; history: History }) {
  const { directory, lanes, history } = options;

  return function dispatch(message: ReceivedMessage): Promise<Outcome> {
    const event = readEventHeaders(message.headers);
    if (event === undefined || !isEventBody(event, message.body))
      return Promise.resolve({ kind: 'undelivered', reason: 'poison' });
    const subscriptions = directory.match(event).map(({ id }) => id);
    subscriptions.forEach((id) => lanes.expect(id));
    history.matched(event, subscriptions);
    const deliveries = subscriptions.map((subscription) => ({ ...event, subscription, attempt: 1, parked: 0 }));
    return Promise.resolve({ kind: 'dispatched', deliveries });
  };
}
