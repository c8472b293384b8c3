import type { Hold } from '@callbus/broker/broker';
import type { Subscription } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/observability/logger';
import { createLane, type Breaker, type CallbackResult, type Entering, type Lane, type Parked } from './lane.js';

/** All lanes of a worker, which share its slots. Each task that the worker holds takes one slot; the worker has as many slots as its prefetch. */
export interface Lanes {
  /**
   * Decides on a task before it has a message of its own. A task that is called at once enters its lane. A task that would be parked on
   * entering is parked at once, without passing `deliveries` first.
   */
  admit(subscription: Subscription, task: Arriving & { readonly mayCall: boolean }): Admitted;
  /** @returns a promise when the task waits; it resolves when the callback may be made, or when the task must not wait any longer */
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

/** `forward`: the task goes on as a message. */
type Admitted =
  Parked | { readonly kind: 'forward' } | { readonly kind: 'call'; readonly isFast: boolean; readonly entry: Entry };

export type Entry = Pass | Dismissed | Promise<Pass | Dismissed>;

export interface Pass {
  readonly kind: 'go';
  /** Call it when the callback has ended. */
  readonly leave: (result: CallbackResult, durationMs: number) => void;
}

/**
 * `alone`: the task would delay the other tasks of its message for too long. `returned`: its message is no longer ours, or can neither be held nor
 * parked any longer.
 */
type Dismissed = Parked | { readonly kind: 'alone' | 'returned' };

export interface LanesOptions {
  readonly slots: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** False while the broker takes no messages: then tasks wait in their lanes instead of being parked. */
  readonly canPark?: () => boolean;
  /** Logs when a breaker opens and closes. */
  readonly logger?: Logger;
}

interface Track {
  readonly subscription: number;
  readonly lane: Lane;
  /** A lane belongs to one receiver: another URL begins a new lane. */
  readonly callbackUrl: string;
  /** The time of the lane's last task. */
  seenMs: number;
  /** Whether the lane counts as one that needs the worker. */
  isActive: boolean;
  /** Waiting tasks, oldest first. */
  queue: Waiting[];
}

interface Waiting {
  readonly sinceMs: number;
  readonly hold: Hold;
  readonly resolve: (admission: Pass | Dismissed) => void;
}

const longestWaitMs = 1_000;
const lookMs = 250;
const countMs = 5_000;
/** How long after its last task a subscription counts as active. */
const activeMs = 10_000;
const forgetMs = 1_200_000;
/** Only lanes whose callbacks take longer than this are limited to their share of the slots, because faster callbacks soon free their slots. */
const slowMs = 1_000;
/** The longest wait of a task that shares its message with other tasks. */
const longestSharedWaitMs = 1_000;
const closingParkMs = 1_000;

const forward: Admitted = { kind: 'forward' };

export function createLanes({ slots, now, canPark = () => true, logger }: LanesOptions): Lanes {
  const tracks = new Map<number, Track>();
  const crowded = new Set<Track>();
  let slotsInUse = 0;
  let active = 0;
  let isClosed = false;

  /** The track of a subscription for a task that has just come. */
  function trackOf({ id, callbackUrl }: Subscription, nowMs: number): Track {
    const known = tracks.get(id);
    if (known?.isActive !== true) active += 1;
    if (known?.callbackUrl === callbackUrl) {
      known.seenMs = nowMs;
      known.isActive = true;
      return known;
    }
    if (known !== undefined) parkAll(known);
    const track = { subscription: id, lane: createLane(), callbackUrl, seenMs: nowMs, isActive: true, queue: [] };
    tracks.set(id, track);
    return track;
  }

  function allowedWaitOf({ lane }: Track, nowMs: number, canWaitElsewhere: boolean): Entering['allowedWait'] {
    if (!canWaitElsewhere) return 'endless';
    if (active <= 1) return 'any';
    if (slotsInUse <= slots / 2) return 'short';
    const { inFlight, waiting, durationMs } = lane.state(nowMs);
    return durationMs > slowMs && inFlight + waiting >= slots / active ? 'none' : 'short';
  }

  function passOn(track: Track): Pass {
    return {
      kind: 'go',
      leave(result, durationMs) {
        slotsInUse -= 1;
        const nowMs = now();
        const before = track.lane.breaker(nowMs);
        const released = track.lane.leave({ nowMs, durationMs, result });
        noteBreaker(track, before, nowMs);
        admitWaiting(track, released);
        if (track.lane.breaker(nowMs) !== 'closed' && canPark()) parkAll(track);
      },
    };
  }

  function admitWaiting(track: Track, count: number): void {
    if (count > 0) for (const { resolve } of track.queue.splice(0, count)) resolve(passOn(track));
    if (track.queue.length === 0) crowded.delete(track);
  }

  function noteBreaker({ subscription, lane }: Track, before: Breaker, nowMs: number): void {
    const breaker = lane.breaker(nowMs);
    if (breaker === before) return;
    if (breaker === 'open')
      logger?.info({ subscription, before }, 'breaker opened: the receiver is not called for a while');
    if (breaker === 'closed') logger?.info({ subscription, before }, 'breaker closed: the receiver is called again');
  }

  function waitIn(track: Track, sinceMs: number, hold: Hold): Promise<Pass | Dismissed> {
    crowded.add(track);
    return new Promise((resolve) => track.queue.push({ sinceMs, hold, resolve }));
  }

  function come(track: Track, entering: Entering, hold: Hold): Entry {
    if (isClosed) return { kind: 'park', delayMs: closingParkMs };
    const admission = track.lane.enter(entering);
    if (admission.kind === 'park') return admission;
    slotsInUse += 1;
    return admission.kind === 'go' ? passOn(track) : waitIn(track, entering.nowMs, hold);
  }

  /** Parks waiting tasks, oldest first, up to the first that stays. */
  function parkAll(track: Track, leaves: (sinceMs: number) => boolean = () => true): void {
    for (let first = track.queue[0]; first !== undefined && leaves(first.sinceMs); first = track.queue[0]) {
      track.queue.shift();
      slotsInUse -= 1;
      first.resolve(track.lane.giveUp(now()));
    }
    if (track.queue.length === 0) crowded.delete(track);
  }

  /** Dismisses waiting tasks whose messages cannot be held any longer, and waiting tasks that delay the other tasks of their message. */
  function dismissFrom(track: Track, nowMs: number): void {
    const staying: Waiting[] = [];
    for (const waiting of track.queue) {
      const dismissed = dismissalOf(waiting, nowMs);
      if (dismissed === undefined) {
        staying.push(waiting);
        continue;
      }
      slotsInUse -= 1;
      if (dismissed === 'park') waiting.resolve(track.lane.giveUp(nowMs));
      else {
        track.lane.forget();
        waiting.resolve({ kind: dismissed });
      }
    }
    track.queue = staying;
    if (staying.length === 0) crowded.delete(track);
  }

  /** While the broker takes no messages, a message that cannot be held any longer returns to its queue. */
  function dismissalOf({ sinceMs, hold }: Waiting, nowMs: number): Dismissed['kind'] | undefined {
    if (!hold.isOurs()) return 'returned';
    if (performance.now() >= hold.untilMs) return canPark() ? 'park' : 'returned';
    return hold.isShared && canPark() && nowMs - sinceMs > longestSharedWaitMs ? 'alone' : undefined;
  }

  /** Looks at all waiting tasks every 250 ms. Tasks behind an open breaker are parked: they waited only while the broker took no messages. */
  function lookAfterWaiting(): void {
    const nowMs = now();
    const isOverdue = (sinceMs: number) => active > 1 && nowMs - sinceMs > longestWaitMs;
    for (const track of crowded) {
      dismissFrom(track, nowMs);
      const isClosed = track.lane.breaker(nowMs) === 'closed';
      // The rate may allow the next callback without the end of another one.
      if (isClosed || !canPark()) admitWaiting(track, track.lane.release(nowMs));
      if (canPark()) parkAll(track, isClosed ? isOverdue : undefined);
    }
  }

  function countActive(): void {
    const nowMs = now();
    active = 0;
    for (const [subscription, track] of tracks) {
      track.isActive = nowMs - track.seenMs <= activeMs;
      if (track.isActive) active += 1;
      // A lane with a task in hand stays: a second lane beside it would double the callbacks to its receiver.
      if (nowMs - track.seenMs > forgetMs && isIdle(track, nowMs)) tracks.delete(subscription);
    }
  }

  function isIdle({ lane }: Track, nowMs: number): boolean {
    const { inFlight, waiting } = lane.state(nowMs);
    return inFlight + waiting === 0;
  }

  const timers = [setInterval(lookAfterWaiting, lookMs).unref(), setInterval(countActive, countMs).unref()];

  return {
    admit(subscription, { isReturning, hold, mayCall }) {
      const canForward = canPark();
      const nowMs = now();
      const track = trackOf(subscription, nowMs);
      const allowedWait = allowedWaitOf(track, nowMs, canForward);
      const entering = enteringOf(subscription, { nowMs, isReturning, allowedWait });
      const advice = track.lane.advise(entering);
      if (advice.kind === 'park') return advice;
      const isFast = advice.kind === 'go';
      if (canForward && !(isFast && mayCall)) return forward;
      return { kind: 'call', isFast, entry: come(track, entering, hold) };
    },

    enter(subscription, { isReturning, hold }) {
      const nowMs = now();
      const track = trackOf(subscription, nowMs);
      const allowedWait = allowedWaitOf(track, nowMs, canPark());
      return come(track, enteringOf(subscription, { nowMs, isReturning, allowedWait }), hold);
    },

    broken() {
      const nowMs = now();
      const breakers = [...tracks.values()].map(({ lane }) => lane.breaker(nowMs));
      const count = (breaker: string) => breakers.filter((each) => each === breaker).length;
      return { open: count('open'), halfOpen: count('half-open') };
    },

    close() {
      isClosed = true;
      timers.forEach(clearInterval);
      for (const track of crowded) parkAll(track);
    },
  };
}

function enteringOf(
  { maxInFlight, webHook }: Subscription,
  { nowMs, isReturning, allowedWait }: Pick<Entering, 'nowMs' | 'isReturning' | 'allowedWait'>,
): Entering {
  return { nowMs, isReturning, allowedWait, maxInFlight, maxPerMinute: webHook?.maxPerMinute ?? undefined };
}
