import type { ConsumeOptions } from '@callbus/broker/broker';
import { readDeliveryHeaders } from '@callbus/contracts/delivery-task';
import { isEventBody } from '@callbus/contracts/event';
import { poisonBecause, type Deliver } from './deliver.js';
import type { Dispatch } from './dispatch.js';
import { createTurns } from './turns.js';

/** What was parked together comes back together, by the hundred, at some 70 µs each: no turn is to be longer than a callback's. */
const returningEachTurn = 10;

/** Delivers the tasks that come as messages, alone or as a group. An event that a worker had to give back comes here, too. */
export function deliverMessages(deliver: Deliver, dispatch: Dispatch): ConsumeOptions['handle'] {
  const turns = createTurns({ each: returningEachTurn });
  return async (message, hold) => {
    const { headers: received, body } = message;
    if (Number(received['parked']) > 0) await turns.next();
    if ('subscriptions' in received) return dispatch.group(message, hold);
    if (!('subscription' in received)) return dispatch.event(message, hold);
    const headers = readDeliveryHeaders(received);
    const isTask = headers !== undefined && isEventBody(headers, body);
    return isTask ? deliver({ headers, body }, hold) : poisonBecause('not a task');
  };
}
