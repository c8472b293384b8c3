import type { DispatchedTask, Outcome, ReceivedMessage } from '@callbus/broker/broker';
import { deliveryHeaders } from '@callbus/contracts/delivery-task';
import { isEventBody, readEventHeaders, type EventHeaders } from '@callbus/contracts/event';
import type { Subscription } from '@callbus/contracts/subscription';
import type { Deliver } from './deliver.js';
import type { Directory } from './directory.js';
import type { History } from './history.js';
import type { Lanes } from './lanes.js';
import type { Room } from './room.js';

export interface DispatchOptions {
  readonly directory: Directory;
  readonly lanes: Lanes;
  readonly history: History;
  readonly deliver: Deliver;
  /** For callbacks that are made from here. */
  readonly room: Room;
}

/**
 * One event becomes one task for each subscription that it is due to. One whose receiver is fast is delivered from here, which
 * spares it its own way through the broker; the others go to `deliveries`, and nobody waits for them.
 */
export function createDispatch({ directory, lanes, history, deliver, room }: DispatchOptions) {
  return async function dispatch(message: ReceivedMessage): Promise<Outcome> {
    const event = readEventHeaders(message.headers);
    if (event === undefined || !isEventBody(event, message.body)) return { kind: 'undelivered', reason: 'poison' };
    // Events wait in their queue rather than tasks in the next one, but never for a receiver that hangs.
    if (!room.hasPlace()) await room.soon();
    const subscriptions = directory.match(event);
    history.matched(
      event,
      subscriptions.map(({ id }) => id),
    );
    return { kind: 'dispatched', tasks: subscriptions.map((subscription) => taskFor(event, subscription, message)) };
  };

  function taskFor(event: EventHeaders, subscription: Subscription, message: ReceivedMessage): DispatchedTask {
    const headers = deliveryHeaders(event, { subscription: subscription.id, attempt: 1, parked: 0 });
    const admission = lanes.expect(subscription);
    if (admission.kind === 'park' && subscription.enabled) {
      history.waits(headers, 'parked', admission.delayMs);
      return { headers, outcome: Promise.resolve(admission) };
    }
    // What was handed out before may be what ended a worker: it goes on alone.
    if (admission.kind !== 'go' || message.isRedelivered || !room.hasPlace()) return { headers };
    return { headers, outcome: room.during(() => deliver({ headers, body: message.body })) };
  }
}
