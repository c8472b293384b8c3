import type { Hold } from '@callbus/broker/broker';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { Dismissed } from '../tasks/fate.js';
import { Lane } from './lane.js';
import type { Permit } from './permit.js';

export interface KnownLane {
  readonly subscription: number;
  readonly lane: Lane;
  /** A lane belongs to one receiver: another URL begins a new lane. */
  readonly callbackUrl: string;
  /** The time of the lane's last task. */
  seenMs: number;
  /** Whether the lane counts as one that needs the worker. */
  isActive: boolean;
  /** Waiting tasks, oldest first. */
  waiting: WaitingTask[];
}

export interface WaitingTask {
  readonly sinceMs: number;
  readonly hold: Hold;
  readonly resolve: (result: Permit | Dismissed) => void;
}

/** One lane for each subscription that the worker has called lately. */
export interface KnownLanes {
  /** The lane of a subscription for a task that has just come. */
  of(subscription: Subscription, nowMs: number): KnownLane;
  all(): Iterable<KnownLane>;
  /** The number of lanes that had a task in the last ten seconds. */
  active(): number;
  close(): void;
}

export interface KnownLanesOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The lane is no longer used, because its subscription has got another URL. */
  readonly onReplaced: (replaced: KnownLane) => void;
}

const countIntervalMs = 5_000;
/** How long after its last task a lane counts as active. */
const activeMs = 10_000;
const forgetMs = 1_200_000;

export function createKnownLanes({ now, onReplaced }: KnownLanesOptions): KnownLanes {
  const lanes = new Map<number, KnownLane>();
  let active = 0;

  function countActive(): void {
    const nowMs = now();
    active = 0;
    for (const [subscription, known] of lanes) {
      known.isActive = nowMs - known.seenMs <= activeMs;
      if (known.isActive) active += 1;
      // A lane with a task in hand stays: a second lane beside it would double the callbacks to its receiver.
      if (nowMs - known.seenMs > forgetMs && isIdle(known, nowMs)) lanes.delete(subscription);
    }
  }

  const counting = setInterval(countActive, countIntervalMs).unref();

  return {
    of({ id, callbackUrl }, nowMs) {
      const known = lanes.get(id);
      if (known?.isActive !== true) active += 1;
      if (known?.callbackUrl === callbackUrl) {
        known.seenMs = nowMs;
        known.isActive = true;
        return known;
      }
      if (known !== undefined) onReplaced(known);
      const fresh = { subscription: id, lane: new Lane(), callbackUrl, seenMs: nowMs, isActive: true, waiting: [] };
      lanes.set(id, fresh);
      return fresh;
    },
    all: () => lanes.values(),
    active: () => active,
    close: () => clearInterval(counting),
  };
}

function isIdle({ lane }: KnownLane, nowMs: number): boolean {
  const { inFlight, waiting } = lane.state(nowMs);
  return inFlight + waiting === 0;
}
