import type { Forwarded, Hold, ReceivedMessage } from '@callbus/broker/broker';
import type { NextStep } from '@callbus/broker/next-step';
import { readGroupHeaders } from '@callbus/contracts/delivery-task';
import { isEventBody, readEventHeaders, type EventHeaders } from '@callbus/contracts/event';
import type { Subscription } from '@callbus/contracts/subscription';
import { tierFor, type RetryTier } from '@callbus/contracts/topology';
import type { Deliver } from './deliver.js';
import type { Directory } from './subscriptions/directory.js';
import { fateCostly, poison, returned, type MessageFate } from './tasks/fate.js';
import type { Journal } from './journal/journal.js';
import type { Entry, Lanes } from './receivers/lanes.js';
import { forwardStep, groupStep, parkedOf } from './tasks/next-steps.js';
import type { Room } from './receivers/room.js';
import type { Settle } from './tasks/settle.js';
import { createTask, type Origin, type Task } from './tasks/task.js';

export interface DispatchOptions {
  readonly directory: Pick<Directory, 'match' | 'known' | 'find'>;
  readonly lanes: Pick<Lanes, 'admit'>;
  readonly journal: Pick<Journal, 'matched' | 'parkedTogether'>;
  readonly deliver: Deliver;
  readonly settle: Pick<Settle, 'part'>;
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
  readonly event: (message: ReceivedMessage, hold: Hold) => Promise<Forwarded | MessageFate>;
  /** Tasks of one event that were parked together come apart, as far as their receivers are called again. */
  readonly group: (message: ReceivedMessage, hold: Hold) => Promise<Forwarded | MessageFate>;
}

type Part = ReturnType<Settle['part']>;

/** So that a group's header fits into a frame, with room to spare. */
const groupMost = 256;

/**
 * A task whose receiver is fast is delivered from here, which spares it its own way through the broker. Those whose receivers are
 * not called for now are parked together. The others go to `deliveries`, and nobody waits for them.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { directory, lanes, journal, deliver, settle, isExpired, room, canForward, mayPark } = options;

  /** @param due a number is the id of a subscription that this worker does not know */
  function spread(origin: Origin, due: readonly (Subscription | number)[]): Forwarded {
    const { message, headers: event, hold, parked } = origin;
    const isReturning = parked > 0;
    const steps: NextStep[] = [];
    const parts: Promise<Part>[] = [];
    const groups = createGroups();

    for (const subscription of due) {
      // What was handed out before may be what ended a worker: it goes on alone.
      const mayCall = !message.isRedelivered && room.hasPlace();
      if (typeof subscription === 'number') {
        if (canForward() && !mayCall) steps.push(forwardStep(origin, subscription));
        else parts.push(room.during(() => callUnknown(origin, subscription)));
        continue;
      }
      const task = createTask(origin, subscription.id, subscription);
      // A task that is not called, whatever its receiver does, need not wait for it.
      if (task.uncalled !== undefined) {
        if (canForward() && !mayCall) steps.push(forwardStep(origin, subscription.id));
        else parts.push(call(task));
        continue;
      }
      const admitted = lanes.admit(subscription, { isReturning, hold, mayCall });
      if (admitted.kind === 'park') groups.add(tierFor(admitted.delayMs), subscription.id);
      else if (admitted.kind === 'forward') steps.push(forwardStep(origin, subscription.id));
      else parts.push(admitted.isFast ? room.during(() => call(task, admitted.entry)) : call(task, admitted.entry));
    }

    for (const group of groups.all) steps.push(groupStep(origin, group));
    return {
      kind: 'forwarded',
      steps,
      mayReturn: true,
      parts,
      onDurable() {
        for (const { after, subscriptions } of groups.all) journal.parkedTogether(event, subscriptions, after);
      },
    };
  }

  async function call(task: Task, entry?: Entry): Promise<Part> {
    return settle.part(task, await deliver(task, entry));
  }

  async function callUnknown(origin: Origin, id: number): Promise<Part> {
    const task = createTask(origin, id, await directory.find(id));
    return settle.part(task, origin.hold.isOurs() ? await deliver(task) : returned);
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

  function originOf(event: EventHeaders, message: ReceivedMessage, hold: Hold, parked: number): Origin {
    return {
      headers: event,
      body: message.body,
      message,
      isOneTask: false,
      attempt: 1,
      parked,
      replayedAt: undefined,
      isExpired: isExpired(event),
      hold,
    };
  }

  return {
    async event(message, hold) {
      const event = readEventHeaders(message.headers);
      if (event === undefined || !isEventBody(event, message.body)) return poison('not an event');
      if (!room.hasPlace() && !(await untilRoom(hold))) return returned;
      const matching = directory.match(event, { mayWait: mayPark && canForward() });
      if (matching === undefined) return fateCostly({ isExpired: isExpired(event), parked: parkedOf(message) });
      journal.matched(
        event,
        matching.map(({ id }) => id),
      );
      return spread(originOf(event, message, shared(hold, matching.length), 0), matching);
    },

    async group(message, hold) {
      const group = readGroupHeaders(message.headers);
      if (group === undefined || !isEventBody(group.event, message.body)) return poison('not a group of tasks');
      if (!room.hasPlace() && !(await untilRoom(hold))) return returned;
      const { event, subscriptions, parked } = group;
      const due = subscriptions.map((id) => directory.known(id) ?? id);
      return spread(originOf(event, message, shared(hold, due.length), parked), due);
    },
  };
}

interface Group {
  readonly after: RetryTier;
  readonly subscriptions: number[];
}

/** Tasks that wait for the same time go together. */
function createGroups() {
  const all: Group[] = [];

  return {
    all,
    add(after: RetryTier, subscription: number): void {
      const open = all.findLast((group) => group.after === after);
      if (open !== undefined && open.subscriptions.length < groupMost) open.subscriptions.push(subscription);
      else all.push({ after, subscriptions: [subscription] });
    },
  };
}

/** Written out, since a spread costs more than the rest of what is done for a task here. */
function shared(hold: Hold, tasks: number): Hold {
  if (tasks < 2 || hold.isShared) return hold;
  const { isOurs, untilMs } = hold;
  return { isOurs, untilMs, isShared: true };
}
