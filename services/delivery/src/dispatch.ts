import type { Forwarded, Hold, ReceivedMessage } from '@callbus/broker/broker';
import type { NextStep } from '@callbus/broker/next-step';
import { readGroupHeaders } from '@callbus/contracts/deliveries/delivery-task';
import { isEventBody, readEventHeaders, type EventHeaders } from '@callbus/contracts/events/event';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { Deliver } from './deliver.js';
import type { Journal } from './journal/journal.js';
import type { CallSlots } from './receivers/call-slots.js';
import type { Entry, Lanes } from './receivers/lanes.js';
import type { Directory } from './subscriptions/directory.js';
import { fateCostly, poison, returned, type MessageFate } from './tasks/fate.js';
import { createGroups } from './tasks/groups.js';
import { forwardStep, groupStep, parkedOf } from './tasks/next-steps.js';
import type { Settle } from './tasks/settle.js';
import { createTask, type Origin, type Task } from './tasks/task.js';

export interface DispatchOptions {
  readonly directory: Pick<Directory, 'match' | 'known' | 'find'>;
  readonly lanes: Pick<Lanes, 'admit'>;
  readonly journal: Pick<Journal, 'matched' | 'parkedTogether'>;
  readonly deliver: Deliver;
  readonly settle: Pick<Settle, 'part'>;
  readonly isExpired: (event: EventHeaders) => boolean;
  /** The slots for callbacks that dispatch makes at once. */
  readonly callSlots: CallSlots;
  /** False while the broker takes no messages: then dispatch makes all callbacks at once. */
  readonly canForward: () => boolean;
  /** False while older workers may be running, which treat a parked event as poison. */
  readonly mayPark: boolean;
}

export interface Dispatch {
  /** Makes one task of an event for each matching subscription. */
  readonly event: (message: ReceivedMessage, hold: Hold) => Promise<Dispatched>;
  /** Handles a group of parked tasks. A task leaves the group when its receiver may be called again. */
  readonly group: (message: ReceivedMessage, hold: Hold) => Promise<Dispatched>;
}

/** The result of a dispatch; `deliveries` is the number of tasks. */
export type Dispatched = (Forwarded & { readonly deliveries: number }) | MessageFate;

type Part = ReturnType<Settle['part']>;

/** The tasks of one message, sorted by the way in which they go on. */
interface Spreading {
  readonly origin: Origin;
  /** Tasks that go on as messages. */
  readonly steps: NextStep[];
  /** Tasks that are called at once. */
  readonly parts: Promise<Part>[];
  /** Tasks that are parked as one message. */
  readonly groups: ReturnType<typeof createGroups>;
}

/**
 * Dispatch calls fast receivers at once, which saves a message for each task. Tasks whose receivers must not be
 * called now are parked together. All other tasks go to `deliveries`, and no event waits for them.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { directory, lanes, journal, deliver, settle, isExpired, callSlots, canForward, mayPark } = options;

  /**
   * Calls, forwards or parks the task of each subscription.
   *
   * @param due the subscriptions; a number is the id of a subscription that this worker does not know
   */
  function spread(origin: Origin, due: readonly (Subscription | number)[]): Dispatched {
    const spreading: Spreading = { origin, steps: [], parts: [], groups: createGroups() };
    for (const subscription of due) {
      // A task of a redelivered message may have crashed a worker, and so goes on alone.
      const mayCall = !origin.message.isRedelivered && callSlots.hasFree();
      if (typeof subscription === 'number') routeUnknown(spreading, subscription, mayCall);
      else route(spreading, createTask(origin, subscription.id, subscription), mayCall);
    }
    const { steps, parts, groups } = spreading;
    for (const group of groups.all) steps.push(groupStep(origin, group));
    return {
      kind: 'forwarded',
      deliveries: due.length,
      steps,
      mayReturn: true,
      parts,
      onDurable() {
        for (const { after, subscriptions } of groups.all) journal.parkedTogether(origin.headers, subscriptions, after);
      },
    };
  }

  function routeUnknown({ origin, steps, parts }: Spreading, id: number, mayCall: boolean): void {
    if (canForward() && !mayCall) steps.push(forwardStep(origin, id));
    else parts.push(callSlots.during(() => callUnknown(origin, id)));
  }

  function route({ origin, steps, parts, groups }: Spreading, task: Task, mayCall: boolean): void {
    const { subscription, subscriptionId } = task;
    // A task whose receiver will not be called needs no lane.
    if (subscription === undefined) {
      if (canForward() && !mayCall) steps.push(forwardStep(origin, subscriptionId));
      else parts.push(call(task));
      return;
    }
    const admission = lanes.admit(subscription, { isReturning: origin.parked > 0, hold: origin.hold, mayCall });
    if (admission.kind === 'park') groups.add(admission.after, subscriptionId);
    else if (admission.kind === 'forward') steps.push(forwardStep(origin, subscriptionId));
    else if (admission.isFast) parts.push(callSlots.during(() => call(task, admission.entry)));
    else parts.push(call(task, admission.entry));
  }

  async function call(task: Task, entry?: Entry): Promise<Part> {
    return settle.part(task, await deliver(task, entry));
  }

  async function callUnknown(origin: Origin, id: number): Promise<Part> {
    const task = createTask(origin, id, await directory.find(id));
    return settle.part(task, origin.hold.isOurs() ? await deliver(task) : returned);
  }

  /**
   * Waits for a slot, so that a backlog stays in `events` rather than in `deliveries`. The wait is short, because receivers may hang. While
   * the broker takes no messages the wait lasts until a slot is free.
   *
   * @returns whether the message can still be held
   */
  async function untilSlot({ isOurs, untilMs }: Hold): Promise<boolean> {
    do await callSlots.untilFree();
    while (!callSlots.hasFree() && !canForward() && isOurs() && performance.now() < untilMs);
    return isOurs() && (callSlots.hasFree() || canForward());
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
      if (!callSlots.hasFree() && !(await untilSlot(hold))) return returned;
      const matching = directory.match(event, { mayWait: mayPark && canForward() });
      if (matching === undefined) return fateCostly({ isExpired: isExpired(event), parked: parkedOf(message) });
      // Told before the next steps are durable, because callbacks begin at once (decision 0054).
      journal.matched(
        event,
        matching.map(({ id }) => id),
      );
      return spread(originOf(event, message, shared(hold, matching.length), 0), matching);
    },

    async group(message, hold) {
      const group = readGroupHeaders(message.headers);
      if (group === undefined || !isEventBody(group.event, message.body)) return poison('not a group of tasks');
      if (!callSlots.hasFree() && !(await untilSlot(hold))) return returned;
      const { event, subscriptions, parked } = group;
      const due = subscriptions.map((id) => directory.known(id) ?? id);
      return spread(originOf(event, message, shared(hold, due.length), parked), due);
    },
  };
}

/** Copies each member by name, because an object spread costs more than all other work of dispatch for a task. */
function shared(hold: Hold, tasks: number): Hold {
  if (tasks < 2 || hold.isShared) return hold;
  const { isOurs, untilMs } = hold;
  return { isOurs, untilMs, isShared: true };
}
