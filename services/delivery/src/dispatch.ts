import type { DispatchedTask, Hold, Outcome, ParkedGroup, ReceivedMessage } from '@callbus/broker/broker';
import { deliveryHeaders, readGroupHeaders, type TaskGroup } from '@callbus/contracts/delivery-task';
import { isEventBody, readEventHeaders, type EventHeaders } from '@callbus/contracts/event';
import { poisonBecause, returned, type Deliver } from './deliver.js';
import type { Directory } from './directory.js';
import type { History } from './history.js';
import type { Admission } from './lane.js';
import type { Lanes } from './lanes.js';
import type { Room } from './room.js';

export interface DispatchOptions {
  readonly directory: Directory;
  readonly lanes: Lanes;
  readonly history: History;
  readonly deliver: Deliver;
  readonly isExpired: (event: EventHeaders) => boolean;
  /** For callbacks that are made from here. */
  readonly room: Room;
  /** False while the broker takes no messages: then all callbacks are made from here. */
  readonly canForward: () => boolean;
  /** False while there may be workers that take a parked event for poison. */
  readonly mayPark: boolean;
}

export interface Dispatch {
  /** One event becomes one task for each subscription that it is due to. */
  readonly event: (message: ReceivedMessage, hold: Hold) => Promise<Outcome>;
  /** Tasks of one event that were parked together come apart, as far as their receivers are called again. */
  readonly group: (message: ReceivedMessage, hold: Hold) => Promise<Outcome>;
}

/** How long an event waits that costs its account more time than it has left. */
const firstParkMs = 1_000;
const longestParkMs = 5 * 60_000;
/** So that a group's header fits into a frame, with room to spare. */
const groupMost = 256;

/**
 * A task whose receiver is fast is delivered from here, which spares it its own way through the broker. Those whose receivers are
 * not called for now are parked together. The others go to `deliveries`, and nobody waits for them.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { directory, lanes, history, deliver, isExpired, room, canForward, mayPark } = options;

  function spread({ event, subscriptions, parked }: TaskGroup, message: ReceivedMessage, hold: Hold): Outcome {
    const taskHold = subscriptions.length > 1 && !hold.isShared ? sharedHold(hold) : hold;
    const tasks: DispatchedTask[] = [];
    const together: ParkedGroup[] = [];
    const open = new Map<number, number[]>();
    for (const subscription of subscriptions) {
      const admission = admissionOf(subscription, event, parked > 0);
      if (admission.kind === 'park') {
        park(subscription, admission.delayMs);
        continue;
      }
      const headers = deliveryHeaders(event, { subscription, attempt: 1, parked });
      if (canForward() && (message.isRedelivered || admission.kind !== 'go' || !room.hasPlace())) {
        // What was handed out before may be what ended a worker: it goes on alone.
        tasks.push({ headers });
      } else {
        const call = () => deliver({ headers, body: message.body }, taskHold);
        tasks.push({ headers, outcome: admission.kind === 'go' ? room.during(call) : call() });
      }
    }
    for (const group of together) history.waits(event, group.subscriptions, 'parked', group.delayMs);
    return { kind: 'dispatched', tasks, parked: together };

    function park(subscription: number, delayMs: number): void {
      const group = open.get(delayMs);
      if (group !== undefined && group.length < groupMost) {
        group.push(subscription);
        return;
      }
      const begun = [subscription];
      open.set(delayMs, begun);
      together.push({ event, subscriptions: begun, parked, delayMs });
    }
  }

  /**
   * Events wait in their queue rather than tasks in the next one, but not for a receiver that hangs, unless that one takes none.
   *
   * @returns whether the message can still be held
   */
  async function untilRoom({ isOurs, untilMs }: Hold): Promise<boolean> {
    do await room.soon();
    while (!room.hasPlace() && !canForward() && isOurs() && performance.now() < untilMs);
    return isOurs() && (room.hasPlace() || canForward());
  }

  /** The longer, the more often it was parked, so that a flood of such events does not come round all the time. */
  function putOff(event: EventHeaders, { headers }: ReceivedMessage): Outcome {
    if (isExpired(event)) return { kind: 'undelivered', reason: 'expired' };
    const times = Number(headers['parked'] ?? 0);
    const delayMs = Math.min(firstParkMs * 2 ** times, longestParkMs);
    history.waits(event, [], 'parked', delayMs);
    return { kind: 'park', delayMs };
  }

  /** Those that are not called, whatever their receivers do, need not wait for them. */
  function admissionOf(id: number, event: EventHeaders, isReturning: boolean): Admission {
    const subscription = directory.known(id);
    if (subscription?.enabled !== true || isExpired(event)) return { kind: 'go' };
    return lanes.expect(subscription, { isReturning });
  }

  return {
    async event(message, hold) {
      const event = readEventHeaders(message.headers);
      if (event === undefined || !isEventBody(event, message.body)) return poisonBecause('not an event');
      if (!room.hasPlace() && !(await untilRoom(hold))) return returned;
      const matching = directory.match(event, { mayWait: mayPark && canForward() });
      if (matching === undefined) return putOff(event, message);
      const subscriptions = matching.map(({ id }) => id);
      history.matched(event, subscriptions);
      return spread({ event, subscriptions, parked: 0 }, message, hold);
    },

    async group(message, hold) {
      const group = readGroupHeaders(message.headers);
      if (group === undefined || !isEventBody(group.event, message.body)) return poisonBecause('not a group of tasks');
      if (!room.hasPlace() && !(await untilRoom(hold))) return returned;
      return spread(group, message, hold);
    },
  };
}

/** Written out, since a spread costs more than the rest of what is done for a task here. */
function sharedHold({ isOurs, untilMs }: Hold): Hold {
  return { isOurs, untilMs, isShared: true };
}
