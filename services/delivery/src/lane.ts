import { retryTiers, tierFor } from '@callbus/contracts/topology';

/**
 * The way of one subscription's callbacks through one worker: how many are in flight, how many more its receiver bears, and
 * whether it is called at all. Pure: every time is given, in milliseconds of one clock.
 */
export interface Lane {
  /**
   * What a task that is on its way had better do. `go`: come straight, the receiver is fast; `wait`: take its turn in the
   * queue. When it would be parked on its arrival it is, and need not come.
   */
  foresee(task: Entering): Admission;
  /** What becomes of a task that has just come. */
  enter(task: Entering): Admission;
  /** A callback has ended. @returns how many of those that wait go now */
  leave(ended: { nowMs: number; durationMs: number; result: CallbackResult }): number;
  /** @returns how many of those that wait go now, though no callback has ended: one, when it is time to see how the receiver is */
  release(nowMs: number): number;
  /** One that waits does not wait any longer. */
  giveUp(nowMs: number): Parked;
  breaker(nowMs: number): Breaker;
  state(nowMs: number): LaneState;
}

export interface Entering {
  readonly nowMs: number;
  /** It was parked before, and gives back the time that it was promised. */
  readonly isReturning: boolean;
  /**
   * `endless`: nobody can be parked. `any`: the worker has nothing else to do. `short`: others need the worker too. `none`: it
   * holds enough of the worker.
   */
  readonly patience: 'endless' | 'any' | 'short' | 'none';
  readonly maxInFlight: number;
}

export type Admission = { readonly kind: 'go' } | { readonly kind: 'wait' } | Parked;
export type Parked = { readonly kind: 'park'; readonly delayMs: number };
/** `abandoned`: there was no callback after all. */
export type CallbackResult = 'confirmed' | 'refused' | 'timeout' | 'error' | 'abandoned';

export type Breaker = 'closed' | 'open' | 'half-open';

interface LaneState {
  readonly breaker: Breaker;
  readonly inFlight: number;
  readonly waiting: number;
  /** How many callbacks at once the receiver is believed to bear. */
  readonly limit: number;
  /** How long a callback takes, by the average and by those under way. */
  readonly durationMs: number;
}

const firstLimit = 4;
/** What is expected of a receiver of which nothing is known; whoever is slower is known after its first callback. */
const firstDurationMs = 10;
const weightOfLatest = 0.2;
const shortWaitMs = 1_000;

const failuresToOpen = 5;
const firstOpenMs = 30_000;
const longestOpenMs = 600_000;
/**
 * How long a task is parked at most, however long its lane's queue is: the receiver may have recovered. One that answers
 * fast may only have met a worker that was short of time.
 */
const longestParkMs = { fast: 60_000, slow: longestOpenMs };
const fastMs = 1_000;
/** Without the end of a callback for so long a lane has come to a stop, if perhaps only for a moment. */
const stallMs = 50;
/** For so long it may as well be the worker that has come to a stop: dispatching a big fan-out keeps it from hearing of ends. */
const doubtMs = 500;

export function createLane(): Lane {
  let limit = firstLimit;
  let maxInFlight = Infinity;
  let averageMs = firstDurationMs;
  let inFlight = 0;
  let waiting = 0;
  /** When a callback last ended, or the first one of those under way began. */
  let lastProgressMs = 0;

  let failures = 0;
  let openMs = firstOpenMs;
  let openUntilMs = 0;
  let isProbing = false;

  /** The virtual clock: parked tasks have been promised the lane until then. */
  let promisedUntilMs = 0;

  const breaker = (nowMs: number): Breaker => {
    if (failures < failuresToOpen) return 'closed';
    return nowMs < openUntilMs ? 'open' : 'half-open';
  };
  const durationMs = (nowMs: number) => (inFlight > 0 ? Math.max(averageMs, nowMs - lastProgressMs) : averageMs);
  const slotMs = (nowMs: number) => durationMs(nowMs) / Math.min(limit, maxInFlight);
  const hasRoom = () => inFlight < Math.min(limit, maxInFlight);

  function go(nowMs: number): Admission {
    if (inFlight === 0) lastProgressMs = nowMs;
    inFlight += 1;
    return { kind: 'go' };
  }

  function wait(): Admission {
    waiting += 1;
    return { kind: 'wait' };
  }

  function park(nowMs: number): Parked {
    const promisedMs = Math.max(nowMs, promisedUntilMs, openUntilMs) + slotMs(nowMs);
    const isFast = breaker(nowMs) === 'closed' && durationMs(nowMs) < fastMs;
    promisedUntilMs = Math.min(promisedMs, nowMs + (isFast ? longestParkMs.fast : longestParkMs.slow));
    const tier = breaker(nowMs) === 'open' ? tierAbout : tierWithin;
    return { kind: 'park', delayMs: tier(promisedUntilMs - nowMs) };
  }

  function open(nowMs: number): void {
    openUntilMs = nowMs + openMs;
    openMs = Math.min(2 * openMs, longestOpenMs);
  }

  function learn(result: CallbackResult, tookMs: number, wasFull: boolean): void {
    averageMs += weightOfLatest * (tookMs - averageMs);
    if (result === 'timeout') limit = 1;
    if (result === 'confirmed' && wasFull) limit = Math.min(limit + 1, maxInFlight);
  }

  /** A success closes, whoever brings it. Failures open, and a failed probe opens for twice as long. */
  function judge(result: CallbackResult, nowMs: number): void {
    const wasProbing = isProbing;
    isProbing = false;
    if (result === 'abandoned') return;
    if (result === 'confirmed') {
      failures = 0;
      openMs = firstOpenMs;
      openUntilMs = 0;
      return;
    }
    failures += 1;
    if (failures === failuresToOpen || wasProbing) open(nowMs);
  }

  function admit(nowMs: number, patience: Entering['patience']): 'probe' | Admission['kind'] {
    const state = breaker(nowMs);
    if (state === 'half-open' && !isProbing) return 'probe';
    if (state === 'closed' && patience !== 'none' && hasRoom() && waiting === 0) return 'go';
    if (patience === 'endless') return 'wait';
    if (state !== 'closed' || patience === 'none') return 'park';
    return patience === 'any' || (waiting + 1) * slotMs(nowMs) <= shortWaitMs ? 'wait' : 'park';
  }

  function release(nowMs: number): number {
    const state = breaker(nowMs);
    const isToProbe = state === 'half-open' && !isProbing;
    let released = 0;
    while (waiting > 0 && (isToProbe ? released === 0 : state === 'closed' && hasRoom())) {
      waiting -= 1;
      go(nowMs);
      released += 1;
    }
    isProbing ||= isToProbe && released > 0;
    return released;
  }

  return {
    foresee({ nowMs, isReturning, patience, maxInFlight: most }) {
      maxInFlight = most;
      const admission = admit(nowMs, patience);
      const isClosed = breaker(nowMs) === 'closed';
      const inDoubt = isClosed && nowMs - lastProgressMs < doubtMs;
      if (admission === 'park') {
        if (inDoubt) return { kind: 'wait' };
        if (isReturning) promisedUntilMs -= slotMs(nowMs);
        return park(nowMs);
      }
      const isFast = isClosed && durationMs(nowMs) < fastMs;
      // Whoever has just begun to hang gets no more of the worker than it would take in one go.
      const isStalled = nowMs - lastProgressMs > stallMs && waiting >= limit;
      return { kind: isFast && !isStalled ? 'go' : 'wait' };
    },

    enter({ nowMs, isReturning, patience, maxInFlight: most }) {
      maxInFlight = most;
      if (isReturning) promisedUntilMs -= slotMs(nowMs);
      const admission = admit(nowMs, patience);
      if (admission === 'park') return park(nowMs);
      if (admission === 'wait') return wait();
      isProbing ||= admission === 'probe';
      return go(nowMs);
    },

    leave({ nowMs, durationMs: tookMs, result }) {
      if (result !== 'abandoned') learn(result, tookMs, !hasRoom());
      judge(result, nowMs);
      inFlight -= 1;
      lastProgressMs = nowMs;
      return release(nowMs);
    },

    release,

    giveUp(nowMs) {
      waiting -= 1;
      return park(nowMs);
    },

    breaker,

    state: (nowMs) => ({
      breaker: breaker(nowMs),
      inFlight,
      waiting,
      limit: Math.min(limit, maxInFlight),
      durationMs: durationMs(nowMs),
    }),
  };
}

/** For a lane that nobody may pass before then: who came early would only be parked again, and thousands do at once. */
function tierAbout(delayMs: number): number {
  const next = tierFor(delayMs).delayMs;
  return delayMs > 0.75 * next ? next : tierWithin(delayMs);
}

/**
 * The longest tier that is over by then: who comes back too early is parked again, while one that comes back late leaves its
 * lane idle.
 */
function tierWithin(delayMs: number): number {
  return retryTiers.findLast((tier) => tier.delayMs <= delayMs)?.delayMs ?? retryTiers[0]?.delayMs ?? 0;
}
