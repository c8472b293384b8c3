import type { Hold } from '@callbus/broker/broker';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import { tierFor } from '@callbus/contracts/messages/topology';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Dismissed, Parked } from '../tasks/fate.js';
import type { BreakerState } from './breaker.js';
import { createKnownLanes, type KnownLane, type WaitingTask } from './known-lanes.js';
import type { Entering } from './lane.js';
import type { Permit } from './permit.js';

/** All lanes of a worker, which share its slots. Each task that the worker holds takes one slot; the worker has as many slots as its prefetch. */
export interface Lanes {
  /**
   * Decides on a task before it has a message of its own. A task that is called at once enters its lane. A task that would be parked on
   * entering is parked at once, without passing `deliveries` first.
   */
  admit(subscription: Subscription, task: Arriving & { readonly mayCall: boolean }): Admission;
  enter(subscription: Subscription, task: Arriving): Entry;
  /** The numbers of lanes with an open and with a half-open breaker. */
  broken(): { readonly open: number; readonly halfOpen: number };
  /** Parks all waiting tasks, and from then on every task that enters. */
  close(): void;
}

interface Arriving {
  readonly isReturning: boolean;
  readonly hold: Hold;
}

/** `forward`: the task goes on as a message of its own. */
type Admission =
  Parked | { readonly kind: 'forward' } | { readonly kind: 'call'; readonly isFast: boolean; readonly entry: Entry };

/** A promise when the task waits. It resolves when the callback may be made, or when the task must not wait any longer. */
export type Entry = Permit | Dismissed | Promise<Permit | Dismissed>;

export interface LanesOptions {
  readonly slots: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** False while the broker takes no messages: then tasks wait in their lanes instead of being parked. */
  readonly canForward: () => boolean;
  /** Logs when a breaker opens and closes. */
  readonly logger: Logger;
}

const waitingCheckMs = 250;
/** The longest wait of a task while other lanes need the worker. */
const longestWaitMs = 1_000;
/** The longest wait of a task that shares its message with other tasks. */
const longestSharedWaitMs = 1_000;
/** Only lanes whose callbacks take longer than this are limited to their share of the slots, because faster callbacks soon free their slots. */
const slowMs = 1_000;

const forward: Admission = { kind: 'forward' };
const parkedByClosing: Parked = { kind: 'park', after: tierFor(1_000) };

export function createLanes({ slots, now, canForward, logger }: LanesOptions): Lanes {
  const lanes = createKnownLanes({ now, onReplaced: (replaced) => parkAll(replaced) });
  /** The lanes in which tasks wait. */
  const crowded = new Set<KnownLane>();
  let slotsInUse = 0;
  let isClosed = false;

  function allowedWaitIn({ lane }: KnownLane, nowMs: number, canWaitElsewhere: boolean): Entering['allowedWait'] {
    if (!canWaitElsewhere) return 'endless';
    const active = lanes.active();
    if (active <= 1) return 'any';
    if (slotsInUse <= slots / 2) return 'short';
    const { inFlight, waiting, durationMs } = lane.state(nowMs);
    return durationMs > slowMs && inFlight + waiting >= slots / active ? 'none' : 'short';
  }

  function enterLane(known: KnownLane, entering: Entering, hold: Hold): Entry {
    if (isClosed) return parkedByClosing;
    const decision = known.lane.enter(entering);
    if (decision.kind === 'park') return decision;
    slotsInUse += 1;
    if (decision.kind === 'go') return permitOf(known);
    crowded.add(known);
    return new Promise((resolve) => known.waiting.push({ sinceMs: entering.nowMs, hold, resolve }));
  }

  function permitOf(known: KnownLane): Permit {
    const { lane } = known;
    return {
      kind: 'go',
      leave(result, durationMs) {
        slotsInUse -= 1;
        const nowMs = now();
        const before = lane.breakerState(nowMs);
        const released = lane.leave({ nowMs, durationMs, result });
        const breaker = lane.breakerState(nowMs);
        if (breaker !== before) logBreaker(known, before, breaker);
        letWaitingGo(known, released);
        if (breaker !== 'closed' && canForward()) parkAll(known);
      },
    };
  }

  function logBreaker({ subscription }: KnownLane, before: BreakerState, breaker: BreakerState): void {
    if (breaker === 'open')
      logger.info({ subscription, before }, 'breaker opened: the receiver is not called for a while');
    if (breaker === 'closed') logger.info({ subscription, before }, 'breaker closed: the receiver is called again');
  }

  function letWaitingGo(known: KnownLane, count: number): void {
    if (count > 0) for (const { resolve } of known.waiting.splice(0, count)) resolve(permitOf(known));
    if (known.waiting.length === 0) crowded.delete(known);
  }

  /** Parks the waiting tasks of a lane, oldest first, until `leaves` returns false for a task. */
  function parkAll(known: KnownLane, leaves: (sinceMs: number) => boolean = () => true): void {
    const { lane, waiting } = known;
    for (let first = waiting[0]; first !== undefined && leaves(first.sinceMs); first = waiting[0]) {
      waiting.shift();
      slotsInUse -= 1;
      first.resolve(lane.parkWaiting(now()));
    }
    if (waiting.length === 0) crowded.delete(known);
  }

  /** Dismisses waiting tasks whose messages cannot be held any longer, and waiting tasks that delay the other tasks of their message. */
  function dismissOverdue(known: KnownLane, nowMs: number): void {
    const staying: WaitingTask[] = [];
    for (const waiting of known.waiting) {
      const dismissed = dismissalOf(waiting, nowMs);
      if (dismissed === undefined) {
        staying.push(waiting);
        continue;
      }
      slotsInUse -= 1;
      if (dismissed === 'park') waiting.resolve(known.lane.parkWaiting(nowMs));
      else {
        known.lane.removeWaiting();
        waiting.resolve({ kind: dismissed });
      }
    }
    known.waiting = staying;
    if (staying.length === 0) crowded.delete(known);
  }

  /** While the broker takes no messages, a message that cannot be held any longer returns to its queue. */
  function dismissalOf({ sinceMs, hold }: WaitingTask, nowMs: number): Dismissed['kind'] | undefined {
    if (!hold.isOurs()) return 'returned';
    if (performance.now() >= hold.untilMs) return canForward() ? 'park' : 'returned';
    return hold.isShared && canForward() && nowMs - sinceMs > longestSharedWaitMs ? 'alone' : undefined;
  }

  /** Tasks behind an open breaker are parked: they waited only while the broker took no messages. */
  function checkWaiting(): void {
    const nowMs = now();
    const isOverdue = (sinceMs: number) => lanes.active() > 1 && nowMs - sinceMs > longestWaitMs;
    for (const known of crowded) {
      dismissOverdue(known, nowMs);
      const isBreakerClosed = known.lane.breakerState(nowMs) === 'closed';
      // The rate may allow the next callback without the end of another one.
      if (isBreakerClosed || !canForward()) letWaitingGo(known, known.lane.release(nowMs));
      if (canForward()) parkAll(known, isBreakerClosed ? isOverdue : undefined);
    }
  }

  const checking = setInterval(checkWaiting, waitingCheckMs).unref();

  return {
    admit(subscription, { isReturning, hold, mayCall }) {
      const mayForward = canForward();
      const nowMs = now();
      const known = lanes.of(subscription, nowMs);
      const allowedWait = allowedWaitIn(known, nowMs, mayForward);
      const entering = enteringOf(subscription, { nowMs, isReturning, allowedWait });
      const advice = known.lane.advise(entering);
      if (advice.kind === 'park') return advice;
      const isFast = advice.kind === 'go';
      if (mayForward && !(isFast && mayCall)) return forward;
      return { kind: 'call', isFast, entry: enterLane(known, entering, hold) };
    },

    enter(subscription, { isReturning, hold }) {
      const nowMs = now();
      const known = lanes.of(subscription, nowMs);
      const allowedWait = allowedWaitIn(known, nowMs, canForward());
      return enterLane(known, enteringOf(subscription, { nowMs, isReturning, allowedWait }), hold);
    },

    broken() {
      const nowMs = now();
      const breakers = [...lanes.all()].map(({ lane }) => lane.breakerState(nowMs));
      const count = (state: BreakerState) => breakers.filter((each) => each === state).length;
      return { open: count('open'), halfOpen: count('half-open') };
    },

    close() {
      isClosed = true;
      clearInterval(checking);
      lanes.close();
      for (const known of crowded) parkAll(known);
    },
  };
}

function enteringOf(
  { maxInFlight, webHook }: Subscription,
  { nowMs, isReturning, allowedWait }: Pick<Entering, 'nowMs' | 'isReturning' | 'allowedWait'>,
): Entering {
  return { nowMs, isReturning, allowedWait, maxInFlight, maxPerMinute: webHook?.maxPerMinute ?? undefined };
}
