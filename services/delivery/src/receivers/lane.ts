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
  /** One that waits is parked. */
  giveUp(nowMs: number): Parked;
  /** One that waits is not waiting here any longer. */
  forget(): void;
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
  /** Callbacks that the receiver allows per minute; any number unless told. */
  readonly maxPerMinute?: number | undefined;
}

type Admission = { readonly kind: 'go' } | { readonly kind: 'wait' } | Parked;
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
const minuteMs = 60_000;
/** Those that wait for a rate are looked after so often, and then so much of it goes at once. */
const burstMs = 250;
/** Without the end of a callback for so long a lane has come to a stop, if perhaps only for a moment. */
const stallMs = 50;
/** For so long it may as well be the worker that has come to a stop: dispatching a big fan-out keeps it from hearing of ends. */
const doubtMs = 500;

/** A class, since each subscription that a worker calls has one: made of closures it took 1,350 bytes instead of 170, and 4 µs more. */
class StatefulLane implements Lane {
  private limit = firstLimit;
  private maxInFlight = Infinity;
  /** Between two callbacks by the rate; 0 without one. */
  private intervalMs = 0;
  /** When the next callback is due by the rate, had they come evenly. */
  private nextDueMs = 0;
  private averageMs = firstDurationMs;
  private inFlight = 0;
  private waiting = 0;
  /** When a callback last ended, or the first one of those under way began. */
  private lastProgressMs = 0;

  private failures = 0;
  private openMs = firstOpenMs;
  private openUntilMs = 0;
  private isProbing = false;

  /** The virtual clock: parked tasks have been promised the lane until then. */
  private promisedUntilMs = 0;

  foresee(task: Entering): Admission {
    const { nowMs, isReturning, patience } = task;
    this.bound(task);
    const admission = this.admit(nowMs, patience);
    const isClosed = this.breaker(nowMs) === 'closed';
    const inDoubt = isClosed && nowMs - this.lastProgressMs < doubtMs;
    if (admission === 'park') {
      if (inDoubt) return { kind: 'wait' };
      if (isReturning) this.promisedUntilMs -= this.slotMs(nowMs);
      return this.park(nowMs);
    }
    const isFast = isClosed && this.durationMs(nowMs) < fastMs && this.isDue(nowMs);
    // Whoever has just begun to hang gets no more of the worker than it would take in one go.
    const isStalled = nowMs - this.lastProgressMs > stallMs && this.waiting >= this.limit;
    return { kind: isFast && !isStalled ? 'go' : 'wait' };
  }

  enter(task: Entering): Admission {
    const { nowMs, isReturning, patience } = task;
    this.bound(task);
    if (isReturning) this.promisedUntilMs -= this.slotMs(nowMs);
    const admission = this.admit(nowMs, patience);
    if (admission === 'park') return this.park(nowMs);
    if (admission === 'wait') return this.wait();
    this.isProbing ||= admission === 'probe';
    return this.go(nowMs);
  }

  leave({ nowMs, durationMs, result }: { nowMs: number; durationMs: number; result: CallbackResult }): number {
    if (result !== 'abandoned') this.learn(result, durationMs, !this.hasPlace());
    this.judge(result, nowMs);
    this.inFlight -= 1;
    this.lastProgressMs = nowMs;
    return this.release(nowMs);
  }

  release(nowMs: number): number {
    const breaker = this.breaker(nowMs);
    const isToProbe = breaker === 'half-open' && !this.isProbing;
    let released = 0;
    while (this.waiting > 0 && (isToProbe ? released === 0 : breaker === 'closed' && this.hasRoom(nowMs))) {
      this.waiting -= 1;
      this.go(nowMs);
      released += 1;
    }
    this.isProbing ||= isToProbe && released > 0;
    return released;
  }

  giveUp(nowMs: number): Parked {
    this.waiting -= 1;
    return this.park(nowMs);
  }

  forget(): void {
    this.waiting -= 1;
  }

  breaker(nowMs: number): Breaker {
    if (this.failures < failuresToOpen) return 'closed';
    return nowMs < this.openUntilMs ? 'open' : 'half-open';
  }

  state(nowMs: number): LaneState {
    return {
      breaker: this.breaker(nowMs),
      inFlight: this.inFlight,
      waiting: this.waiting,
      limit: Math.min(this.limit, this.maxInFlight),
      durationMs: this.durationMs(nowMs),
    };
  }

  private durationMs(nowMs: number): number {
    return this.inFlight > 0 ? Math.max(this.averageMs, nowMs - this.lastProgressMs) : this.averageMs;
  }

  private slotMs(nowMs: number): number {
    return Math.max(this.durationMs(nowMs) / Math.min(this.limit, this.maxInFlight), this.intervalMs);
  }

  private bound({ maxInFlight, maxPerMinute }: Entering): void {
    this.maxInFlight = maxInFlight;
    this.intervalMs = maxPerMinute === undefined ? 0 : minuteMs / maxPerMinute;
  }

  private hasRoom(nowMs: number): boolean {
    return this.hasPlace() && this.isDue(nowMs);
  }

  private hasPlace(): boolean {
    return this.inFlight < Math.min(this.limit, this.maxInFlight);
  }

  private isDue(nowMs: number): boolean {
    return this.intervalMs === 0 || this.nextDueMs - Math.max(burstMs - this.intervalMs, 0) <= nowMs;
  }

  private admit(nowMs: number, patience: Entering['patience']): 'probe' | Admission['kind'] {
    const breaker = this.breaker(nowMs);
    if (breaker === 'half-open' && !this.isProbing) return 'probe';
    if (breaker === 'closed' && patience !== 'none' && this.hasRoom(nowMs) && this.waiting === 0) return 'go';
    if (patience === 'endless') return 'wait';
    if (breaker !== 'closed' || patience === 'none') return 'park';
    return patience === 'any' || (this.waiting + 1) * this.slotMs(nowMs) <= shortWaitMs ? 'wait' : 'park';
  }

  private go(nowMs: number): Admission {
    if (this.inFlight === 0) this.lastProgressMs = nowMs;
    this.inFlight += 1;
    this.nextDueMs = Math.max(this.nextDueMs, nowMs) + this.intervalMs;
    return { kind: 'go' };
  }

  private wait(): Admission {
    this.waiting += 1;
    return { kind: 'wait' };
  }

  private park(nowMs: number): Parked {
    const promisedMs = Math.max(nowMs, this.promisedUntilMs, this.openUntilMs) + this.slotMs(nowMs);
    const isFast = this.breaker(nowMs) === 'closed' && this.durationMs(nowMs) < fastMs;
    this.promisedUntilMs = Math.min(promisedMs, nowMs + (isFast ? longestParkMs.fast : longestParkMs.slow));
    const tier = this.breaker(nowMs) === 'open' ? tierAbout : tierWithin;
    return { kind: 'park', delayMs: tier(this.promisedUntilMs - nowMs) };
  }

  private learn(result: CallbackResult, tookMs: number, wasFull: boolean): void {
    this.averageMs += weightOfLatest * (tookMs - this.averageMs);
    if (result === 'timeout') this.limit = 1;
    if (result === 'confirmed' && wasFull) this.limit = Math.min(this.limit + 1, this.maxInFlight);
  }

  /** A success closes, whoever brings it. Failures open, and a failed probe opens for twice as long. */
  private judge(result: CallbackResult, nowMs: number): void {
    const wasProbing = this.isProbing;
    this.isProbing = false;
    if (result === 'abandoned') return;
    if (result === 'confirmed') {
      this.failures = 0;
      this.openMs = firstOpenMs;
      this.openUntilMs = 0;
      return;
    }
    this.failures += 1;
    if (this.failures === failuresToOpen || wasProbing) this.open(nowMs);
  }

  private open(nowMs: number): void {
    this.openUntilMs = nowMs + this.openMs;
    this.openMs = Math.min(2 * this.openMs, longestOpenMs);
  }
}

export function createLane(): Lane {
  return new StatefulLane();
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
