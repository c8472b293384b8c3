import type { Forwarded, Hold, ReceivedMessage } from '@callbus/broker/broker';
import type { NextStep } from '@callbus/broker/next-step';
import type { Slots } from '@callbus/concurrency/slots';
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
  readonly lanes: Pick<Lanes, 'admit' | 'enter'>;
  readonly journal: Pick<Journal, 'matched' | 'parkedTogether'>;
  readonly deliver: Deliver;
  readonly settle: Pick<Settle, 'part'>;
  readonly isExpired: (event: EventHeaders) => boolean;
  /** The slots for callbacks that dispatch makes at once. */
  readonly callSlots: CallSlots;
  /** The slots for tasks of groups, so that groups bring no more tasks into the lanes than the same number of messages would. */
  readonly taskSlots: Pick<Slots, 'take' | 'free'>;
  /** False while the broker takes no messages: then dispatch makes all callbacks at once. */
  readonly canForward: () => boolean;
  /** False while older workers may be running, which treat a parked event as poison. */
  readonly mayPark: boolean;
}

export interface Dispatch {
  /** Makes one task of an event for each matching subscription. */
  readonly event: (message: ReceivedMessage, hold: Hold) => Promise<Dispatched>;
  /** Handles a group of tasks. Each task enters its lane. The tasks that their lanes park are parked together again. */
  readonly group: (message: ReceivedMessage, hold: Hold) => Promise<Dispatched>;
}

/** The result of a dispatch; `deliveries` is the number of tasks. */
export type Dispatched = (Forwarded & { readonly deliveries: number }) | MessageFate;

type Part = ReturnType<Settle['part']>;

/** The tasks of one message, sorted by the way in which they go on. */
interface Spreading {
  readonly origin: Origin;
  /** Tasks that go on as messages of their own. */
  readonly steps: NextStep[];
  /** Tasks that are called at once, and those of a group that wait in their lanes. */
  readonly parts: Promise<Part>[];
  /** Tasks that are parked as one message, or go on as one. */
  readonly groups: ReturnType<typeof createGroups>;
}

/**
 * Dispatch calls fast receivers at once, which saves a message for each task. Tasks whose receivers must not be called now are parked
 * together. All other tasks of an event go to `deliveries` together, where each enters its lane. No event waits for them.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { directory, lanes, journal, deliver, settle, isExpired, callSlots, taskSlots, canForward, mayPark } = options;

  /** Calls, forwards or parks the task of each subscription that an event matches. */
  function spreadEvent(origin: Origin, matching: readonly Subscription[]): Dispatched {
    const spreading = spreadingOf(origin);
    // An event that begins may call all of its receivers. A task of a redelivered message may have crashed a worker, and so goes on alone.
    const begins = !origin.message.isRedelivered && callSlots.hasFree();
    for (const subscription of matching)
      admit(spreading, createTask(origin, subscription.id, subscription), begins && callSlots.hasRoom());
    return dispatchedOf(spreading, matching.length);
  }

  function admit(spreading: Spreading, task: Task, mayCall: boolean): void {
    const { origin, parts, groups } = spreading;
    const { subscription, subscriptionId } = task;
    // A task whose receiver will not be called needs no lane.
    if (subscription === undefined) {
      if (canForward() && !mayCall) forward(spreading, subscriptionId);
      else parts.push(call(task));
      return;
    }
    const admission = lanes.admit(subscription, { isReturning: false, hold: origin.hold, mayCall });
    if (admission.kind === 'park') groups.add(admission.after, subscriptionId);
    else if (admission.kind === 'forward') forward(spreading, subscriptionId);
    else if (admission.isFast) parts.push(callSlots.during(() => call(task, admission.entry)));
    else parts.push(call(task, admission.entry));
  }

  /**
   * Calls or parks each task of a group, which has taken a slot for each. Slots of tasks that are not called are free at once.
   *
   * @param due a number is the id of a subscription that this worker does not know
   */
  function spreadGroup(origin: Origin, due: readonly (Subscription | number)[]): Dispatched {
    const spreading = spreadingOf(origin);
    try {
      for (const subscription of due) {
        const isKnown = typeof subscription !== 'number';
        const id = isKnown ? subscription.id : subscription;
        if (origin.message.isRedelivered && canForward()) forward(spreading, id);
        else if (isKnown) enter(spreading, createTask(origin, id, subscription));
        else spreading.parts.push(inTaskSlot(callUnknown(origin, id)));
      }
      return dispatchedOf(spreading, due.length);
    } finally {
      taskSlots.free(due.length - spreading.parts.length);
    }
  }

  function enter({ origin, parts, groups }: Spreading, task: Task): void {
    const { subscription, subscriptionId } = task;
    const entry = subscription && lanes.enter(subscription, { isReturning: origin.parked > 0, hold: origin.hold });
    const isParked = entry !== undefined && !(entry instanceof Promise) && entry.kind === 'park';
    if (isParked) groups.add(entry.after, subscriptionId);
    else parts.push(inTaskSlot(call(task, entry)));
  }

  async function inTaskSlot(part: Promise<Part>): Promise<Part> {
    try {
      return await part;
    } finally {
      taskSlots.free();
    }
  }

  function forward({ origin, steps, groups }: Spreading, id: number): void {
    if (mayPark && !origin.message.isRedelivered) groups.add(undefined, id);
    else steps.push(forwardStep(origin, id));
  }

  function dispatchedOf({ origin, steps, parts, groups }: Spreading, deliveries: number): Dispatched {
    for (const group of groups.all) steps.push(groupStep(origin, group));
    return {
      kind: 'forwarded',
      deliveries,
      steps,
      mayReturn: true,
      parts,
      onDurable() {
        for (const { after, subscriptions } of groups.all)
          if (after !== undefined) journal.parkedTogether(origin.headers, subscriptions, after);
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
      return spreadEvent(originOf(event, message, shared(hold, matching.length), 0), matching);
    },

    async group(message, hold) {
      const group = readGroupHeaders(message.headers);
      if (group === undefined || !isEventBody(group.event, message.body)) return poison('not a group of tasks');
      const { event, subscriptions, parked } = group;
      await taskSlots.take(subscriptions.length);
      if (!hold.isOurs()) {
        taskSlots.free(subscriptions.length);
        return returned;
      }
      const due = subscriptions.map((id) => directory.known(id) ?? id);
      return spreadGroup(originOf(event, message, shared(hold, due.length), parked), due);
    },
  };
}

function spreadingOf(origin: Origin): Spreading {
  return { origin, steps: [], parts: [], groups: createGroups() };
}

/** Copies each member by name, because an object spread costs more than all other work of dispatch for a task. */
function shared(hold: Hold, tasks: number): Hold {
  if (tasks < 2 || hold.isShared) return hold;
  const { isOurs, untilMs } = hold;
  return { isOurs, untilMs, isShared: true };
}
