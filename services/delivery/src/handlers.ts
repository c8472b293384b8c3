import type { Hold, ReceivedMessage, Settlement } from '@callbus/broker/broker';
import { readDeliveryHeaders, type DeliveryHeaders } from '@callbus/contracts/deliveries/delivery-task';
import { isEventBody } from '@callbus/contracts/events/event';
import type { Deliver } from './deliver.js';
import type { Dispatch, Dispatched } from './dispatch.js';
import { createTurns } from './receivers/turns.js';
import type { Directory } from './subscriptions/directory.js';
import { poison, returned } from './tasks/fate.js';
import type { Settle } from './tasks/settle.js';
import { createTask, type Origin } from './tasks/task.js';

export interface HandlersOptions {
  readonly directory: Pick<Directory, 'known' | 'find'>;
  readonly dispatch: Dispatch;
  readonly deliver: Deliver;
  readonly settle: Settle;
  readonly isExpired: (task: DeliveryHeaders) => boolean;
}

type Handle = (message: ReceivedMessage, hold: Hold) => Promise<Settlement>;

/** The most returning messages per turn of the event loop: hundreds of parked tasks may return at once, and each takes some 70 µs. */
const returningEachTurn = 10;

/** The handlers of a worker for the messages of its two queues. */
export function createHandlers(options: HandlersOptions): { readonly events: Handle; readonly deliveries: Handle } {
  const { directory, dispatch, deliver, settle, isExpired } = options;
  const turns = createTurns({ each: returningEachTurn });

  function settled(queue: 'events' | 'deliveries', message: ReceivedMessage, dispatched: Dispatched): Settlement {
    return dispatched.kind === 'forwarded' ? dispatched : settle.message(queue, message, dispatched);
  }

  async function handleTask(message: ReceivedMessage, hold: Hold): Promise<Settlement> {
    const { body } = message;
    const headers = readDeliveryHeaders(message.headers);
    if (headers === undefined || !isEventBody(headers, body))
      return settle.message('deliveries', message, poison('not a task'));
    const { subscription: id, attempt, parked, replayedAt } = headers;
    const subscription = directory.known(id) ?? (await directory.find(id));
    // Another worker has the message by now, and makes the callback.
    if (!hold.isOurs()) return returned;
    const origin: Origin = {
      headers,
      body,
      message,
      isOneTask: true,
      attempt,
      parked,
      replayedAt,
      isExpired: isExpired(headers),
      hold,
    };
    const task = createTask(origin, id, subscription);
    return settle.task(task, await deliver(task));
  }

  return {
    events: async (message, hold) => settled('events', message, await dispatch.event(message, hold)),

    /** Handles tasks that come alone or as a group, and events that a worker has parked or given back. */
    async deliveries(message, hold) {
      const { headers } = message;
      if (Number(headers['parked']) > 0) await turns.next();
      if ('subscriptions' in headers) return settled('deliveries', message, await dispatch.group(message, hold));
      if ('subscription' in headers) return await handleTask(message, hold);
      return settled('deliveries', message, await dispatch.event(message, hold));
    },
  };
}
