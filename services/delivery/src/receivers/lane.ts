import { retryTiers, tierFor } from '@callbus/contracts/topology';

/**
 * The concurrency limit, rate and breaker of one subscription in one worker. A lane reads no clock: its callers pass every time, in
 * milliseconds of one clock.
 */
export interface Lane {
  /**
   * Advises on a task before it enters. `go`: the receiver is fast, call it at once; `wait`: send the task through `deliveries`. A task
   * that would be parked when it enters is parked here.
   */
  advise(task: Entering): Admission;
  /** Admits a task, or parks it. */
  enter(task: Entering): Admission;
  /** A callback has ended. @returns how many waiting tasks go now */
  leave(ended: { nowMs: number; durationMs: number; result: CallbackResult }): number;
  /** @returns how many waiting tasks go now although no callback has ended, such as the probe of a half-open breaker */
  release(nowMs: number): number;
  /** Parks a waiting task. */
  giveUp(nowMs: number): Parked;
  /** Removes a waiting task. */
  forget(): void;
  breaker(nowMs: number): Breaker;
  state(nowMs: number): LaneState;
}

export interface Entering {
  readonly nowMs: number;
  /** The task was parked before. Its entry releases the time that the virtual clock had promised to the task. */
  readonly isReturning: boolean;
  /**
   * How long the task may wait in the worker. `endless`: no task can be parked; `any`: the worker has tasks for this lane only; `short`:
   * other lanes need the worker too; `none`: the lane already holds its share of the slots.
   */
  readonly allowedWait: 'endless' | 'any' | 'short' | 'none';
  readonly maxInFlight: number;
  /** Callbacks that the receiver allows per minute; without it, any number. */
  readonly maxPerMinute?: number | undefined;
}

type Admission = { readonly kind: 'go' } | { readonly kind: 'wait' } | Parked;
export type Parked = { readonly kind: 'park'; readonly delayMs: number };
/** `abandoned`: no callback was made. */
export type CallbackResult = 'confirmed' | 'refused' | 'timeout' | 'error' | 'abandoned';

export type Breaker = 'closed' | 'open' | 'half-open';

interface LaneState {
  readonly breaker: Breaker;
  readonly inFlight: number;
  readonly waiting: number;
  /** The present concurrency limit. */
  readonly limit: number;
  /** The duration of a callback, from the average and from callbacks under way. */
  readonly durationMs: number;
}

const firstLimit = 4;
/** The assumed duration before the first callback of a receiver has ended. */
const firstDurationMs = 10;
const weightOfLatest = 0.2;
const shortWaitMs = 1_000;

const failuresToOpen = 5;
const firstOpenMs = 30_000;
const longestOpenMs = 600_000;
/**
 * The longest time for which a task is parked, however long the lane's backlog is, because the receiver may have recovered. It is shorter for a fast
 * receiver, because the backlog may come from a worker that was short of CPU.
 */
const longestParkMs = { fast: 60_000, slow: longestOpenMs };
const fastMs = 1_000;
const minuteMs = 60_000;
/** The interval at which tasks that wait for the rate are released, and so the burst that goes at once. */
const burstMs = 250;
/** A lane in which no callback has ended for this long counts as stalled. */
const stallMs = 50;
/** Up to this time the worker itself may have stalled: while a worker dispatches a large fan-out, it does not notice that callbacks end. */
const doubtMs = 500;

/**
 * A class, because each subscription that a worker calls has a lane: as closures a lane takes 1,350 bytes instead of 170, and 4 µs more to create.
 */
class StatefulLane implements Lane {
  private limit = firstLimit;
  private maxInFlight = Infinity;
  /** The time between two callbacks at the allowed rate; 0 without a rate. */
  private intervalMs = 0;
  /** When the next callback is due at the allowed rate. */
  private nextDueMs = 0;
  private averageMs = firstDurationMs;
  private inFlight = 0;
  private waiting = 0;
  /** When the last callback ended, or the first of those under way began. */
  private lastProgressMs = 0;

  private failures = 0;
  private openMs = firstOpenMs;
  private openUntilMs = 0;
  private isProbing = false;

  /** The virtual clock: until then the lane's time is promised to parked tasks. */
  private promisedUntilMs = 0;

  advise(task: Entering): Admission {
    const { nowMs, isReturning, allowedWait } = task;
    this.bound(task);
    const admission = this.admit(nowMs, allowedWait);
    const isClosed = this.breaker(nowMs) === 'closed';
    const inDoubt = isClosed && nowMs - this.lastProgressMs < doubtMs;
    if (admission === 'park') {
      if (inDoubt) return { kind: 'wait' };
      if (isReturning) this.promisedUntilMs -= this.slotMs(nowMs);
      return this.park(nowMs);
    }
    const isFast = isClosed && this.durationMs(nowMs) < fastMs && this.isDue(nowMs);
    // A receiver that has just begun to hang gets no more slots than its limit.
    const isStalled = nowMs - this.lastProgressMs > stallMs && this.waiting >= this.limit;
    return { kind: isFast && !isStalled ? 'go' : 'wait' };
  }

  enter(task: Entering): Admission {
    const { nowMs, isReturning, allowedWait } = task;
    this.bound(task);
    if (isReturning) this.promisedUntilMs -= this.slotMs(nowMs);
    const admission = this.admit(nowMs, allowedWait);
    if (admission === 'park') return this.park(nowMs);
    if (admission === 'wait') return this.wait();
    this.isProbing ||= admission === 'probe';
    return this.go(nowMs);
  }

  leave({ nowMs, durationMs, result }: { nowMs: number; durationMs: number; result: CallbackResult }): number {
    if (result !== 'abandoned') this.learn(result, durationMs, !this.isBelowLimit());
    this.judge(result, nowMs);
    this.inFlight -= 1;
    this.lastProgressMs = nowMs;
    return this.release(nowMs);
  }

  release(nowMs: number): number {
    const breaker = this.breaker(nowMs);
    const isToProbe = breaker === 'half-open' && !this.isProbing;
    let released = 0;
    while (this.waiting > 0 && (isToProbe ? released === 0 : breaker === 'closed' && this.canCall(nowMs))) {
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

  private canCall(nowMs: number): boolean {
    return this.isBelowLimit() && this.isDue(nowMs);
  }

  private isBelowLimit(): boolean {
    return this.inFlight < Math.min(this.limit, this.maxInFlight);
  }

  private isDue(nowMs: number): boolean {
    return this.intervalMs === 0 || this.nextDueMs - Math.max(burstMs - this.intervalMs, 0) <= nowMs;
  }

  private admit(nowMs: number, allowedWait: Entering['allowedWait']): 'probe' | Admission['kind'] {
    const breaker = this.breaker(nowMs);
    if (breaker === 'half-open' && !this.isProbing) return 'probe';
    if (breaker === 'closed' && allowedWait !== 'none' && this.canCall(nowMs) && this.waiting === 0) return 'go';
    if (allowedWait === 'endless') return 'wait';
    if (breaker !== 'closed' || allowedWait === 'none') return 'park';
    return allowedWait === 'any' || (this.waiting + 1) * this.slotMs(nowMs) <= shortWaitMs ? 'wait' : 'park';
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

  /** Any success closes the breaker. Failures open it, and a failed probe opens it for twice as long. */
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

/**
 * The tier for a task behind an open breaker: rather a bit late than early, because a task that returns before the breaker is half-open is
 * only parked again, and thousands of tasks may return at once.
 */
function tierAbout(delayMs: number): number {
  const next = tierFor(delayMs).delayMs;
  return delayMs > 0.75 * next ? next : tierWithin(delayMs);
}

/**
 * The longest tier within the delay. A task that returns too early is only parked again, but a task that returns late leaves its lane idle.
 */
function tierWithin(delayMs: number): number {
  return retryTiers.findLast((tier) => tier.delayMs <= delayMs)?.delayMs ?? retryTiers[0]?.delayMs ?? 0;
}
