import type { Forwarded, Hold, ReceivedMessage, Settlement } from '@callbus/broker/broker';
import { readDeliveryHeaders, type DeliveryHeaders } from '@callbus/contracts/delivery-task';
import { isEventBody } from '@callbus/contracts/event';
import type { Deliver } from './deliver.js';
import type { Directory } from './subscriptions/directory.js';
import type { Dispatch } from './dispatch.js';
import { poison, returned, type MessageFate } from './tasks/fate.js';
import type { Settle } from './tasks/settle.js';
import { createTask, type Origin } from './tasks/task.js';
import { createTurns } from './receivers/turns.js';

export interface HandlersOptions {
  readonly directory: Pick<Directory, 'known' | 'find'>;
  readonly dispatch: Dispatch;
  /** The same as `dispatch.event`, with a span around each event that comes from `events`. */
  readonly dispatchEvent: Dispatch['event'];
  readonly deliver: Deliver;
  readonly settle: Settle;
  readonly isExpired: (task: DeliveryHeaders) => boolean;
}

type Handle = (message: ReceivedMessage, hold: Hold) => Promise<Settlement>;

/** The most returning messages per turn of the event loop: hundreds of parked tasks may return at once, and each takes some 70 µs. */
const returningEachTurn = 10;

/** The handlers of a worker for the messages of its two queues. */
export function createHandlers(options: HandlersOptions): { readonly events: Handle; readonly deliveries: Handle } {
  const { directory, dispatch, dispatchEvent, deliver, settle, isExpired } = options;
  const turns = createTurns({ each: returningEachTurn });

  function settled(
    queue: 'events' | 'deliveries',
    message: ReceivedMessage,
    became: Forwarded | MessageFate,
  ): Settlement {
    return became.kind === 'forwarded' ? became : settle.message(queue, message, became);
  }

  return {
    events: async (message, hold) => settled('events', message, await dispatchEvent(message, hold)),

    /** Handles tasks that come alone or as a group, and events that a worker has parked or given back. */
    async deliveries(message, hold) {
      const { headers: received, body } = message;
      if (Number(received['parked']) > 0) await turns.next();
      if ('subscriptions' in received) return settled('deliveries', message, await dispatch.group(message, hold));
      if (!('subscription' in received)) return settled('deliveries', message, await dispatch.event(message, hold));
      const headers = readDeliveryHeaders(received);
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
    },
  };
}
