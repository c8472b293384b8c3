import type { Parked } from '../tasks/fate.js';
import { Breaker, longestOpenMs, type BreakerState } from './breaker.js';
import { tierAbout, tierWithin } from './park-tiers.js';
import type { CallbackResult } from './permit.js';

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

type Advice = { readonly kind: 'go' } | { readonly kind: 'forward' } | Parked;

type Decision = { readonly kind: 'go' } | { readonly kind: 'wait' } | Parked;

interface LaneState {
  readonly breaker: BreakerState;
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

/**
 * The longest time for which a task is parked, however long the lane's backlog is, because the receiver may have recovered. It is shorter for a fast
 * receiver, because the backlog may come from a worker that was short of CPU.
 */
const longestParkMs = { fast: 60_000, slow: longestOpenMs };
const fastMs = 1_000;
/**
 * How much longer a task may be parked than the backlog of its lane has lasted. A short backlog may come from a worker that was short of CPU,
 * and says little about the receiver.
 */
const trustedAheadMs = 5_000;
const minuteMs = 60_000;
/** The interval at which tasks that wait for the rate are released. So the callbacks that the rate allows in it go in one burst. */
const burstMs = 250;
/** A lane in which no callback has ended for this long counts as stalled. */
const stallMs = 50;
/** A shorter stall may be the worker's own: while a worker dispatches a large fan-out, it does not notice that callbacks end. */
const doubtMs = 500;

/**
 * The concurrency limit, rate and breaker of one subscription in one worker. A lane reads no clock: its callers pass every time, in
 * milliseconds of one clock.
 *
 * A class, because each subscription that a worker calls has a lane: as closures a lane takes 1,350 bytes instead of 230, and 4 µs more to create.
 */
export class Lane {
  private readonly breaker = new Breaker();
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
  /** The virtual clock: until then the lane's time is promised to parked tasks. */
  private promisedUntilMs = 0;
  /** Since when, without a pause, tasks have been parked, and when the last of them returns. */
  private backlogSinceMs = 0;
  private backlogUntilMs = -Infinity;

  /**
   * Advises on a task before it enters. `go`: the receiver is fast, call it at once; `forward`: send the task to `deliveries`. A task
   * that would be parked when it enters is parked here.
   */
  advise(task: Entering): Advice {
    const { nowMs, isReturning, allowedWait } = task;
    this.setLimits(task);
    const decision = this.decide(nowMs, allowedWait);
    const isClosed = this.breaker.state(nowMs) === 'closed';
    if (decision === 'park') {
      const isDoubtful = isClosed && nowMs - this.lastProgressMs < doubtMs;
      if (isDoubtful) return { kind: 'forward' };
      if (isReturning) this.promisedUntilMs -= this.msPerTask(nowMs);
      return this.park(nowMs);
    }
    const isFast = isClosed && this.durationMs(nowMs) < fastMs && this.isDue(nowMs);
    // A receiver that has just begun to hang gets no more slots than its limit.
    const isStalled = nowMs - this.lastProgressMs > stallMs && this.waiting >= this.limit;
    return { kind: isFast && !isStalled ? 'go' : 'forward' };
  }

  /** Lets a task through, lets it wait, or parks it. */
  enter(task: Entering): Decision {
    const { nowMs, isReturning, allowedWait } = task;
    this.setLimits(task);
    if (isReturning) this.promisedUntilMs -= this.msPerTask(nowMs);
    const decision = this.decide(nowMs, allowedWait);
    if (decision === 'park') return this.park(nowMs);
    if (decision === 'wait') this.waiting += 1;
    else this.begin(nowMs);
    if (decision === 'probe') this.breaker.beginProbe();
    return { kind: decision === 'wait' ? 'wait' : 'go' };
  }

  /** A callback has ended. @returns how many waiting tasks go now */
  leave({ nowMs, durationMs, result }: { nowMs: number; durationMs: number; result: CallbackResult }): number {
    if (result !== 'abandoned') this.learn(result, durationMs, !this.isBelowLimit());
    this.breaker.learn(result, nowMs);
    this.inFlight -= 1;
    this.lastProgressMs = nowMs;
    return this.release(nowMs);
  }

  /** @returns how many waiting tasks go now although no callback has ended, such as the probe of a half-open breaker */
  release(nowMs: number): number {
    const isClosed = this.breaker.state(nowMs) === 'closed';
    const isProbeDue = this.breaker.isProbeDue(nowMs);
    let released = 0;
    while (this.waiting > 0 && (isProbeDue ? released === 0 : isClosed && this.canCall(nowMs))) {
      this.waiting -= 1;
      this.begin(nowMs);
      released += 1;
    }
    if (isProbeDue && released > 0) this.breaker.beginProbe();
    return released;
  }

  parkWaiting(nowMs: number): Parked {
    this.waiting -= 1;
    return this.park(nowMs);
  }

  removeWaiting(): void {
    this.waiting -= 1;
  }

  breakerState(nowMs: number): BreakerState {
    return this.breaker.state(nowMs);
  }

  state(nowMs: number): LaneState {
    return {
      breaker: this.breaker.state(nowMs),
      inFlight: this.inFlight,
      waiting: this.waiting,
      limit: Math.min(this.limit, this.maxInFlight),
      durationMs: this.durationMs(nowMs),
    };
  }

  private decide(nowMs: number, allowedWait: Entering['allowedWait']): 'probe' | Decision['kind'] {
    if (this.breaker.isProbeDue(nowMs)) return 'probe';
    const isClosed = this.breaker.state(nowMs) === 'closed';
    if (isClosed && allowedWait !== 'none' && this.canCall(nowMs) && this.waiting === 0) return 'go';
    if (allowedWait === 'endless') return 'wait';
    if (!isClosed || allowedWait === 'none') return 'park';
    return allowedWait === 'any' || (this.waiting + 1) * this.msPerTask(nowMs) <= shortWaitMs ? 'wait' : 'park';
  }

  private begin(nowMs: number): void {
    if (this.inFlight === 0) this.lastProgressMs = nowMs;
    this.inFlight += 1;
    this.nextDueMs = Math.max(this.nextDueMs, nowMs) + this.intervalMs;
  }

  /** Promises the next free time of the lane to the task. */
  private park(nowMs: number): Parked {
    const breaker = this.breaker.state(nowMs);
    if (nowMs > this.backlogUntilMs + trustedAheadMs) this.backlogSinceMs = nowMs;
    const promisedMs = Math.max(nowMs, this.promisedUntilMs, this.breaker.openUntilMs) + this.msPerTask(nowMs);
    this.promisedUntilMs = Math.min(promisedMs, nowMs + this.mostParkMs(breaker, nowMs));
    this.backlogUntilMs = Math.max(this.backlogUntilMs, this.promisedUntilMs);
    const delayMs = this.promisedUntilMs - nowMs;
    return { kind: 'park', after: breaker === 'open' ? tierAbout(delayMs) : tierWithin(delayMs) };
  }

  private mostParkMs(breaker: BreakerState, nowMs: number): number {
    const isFast = breaker === 'closed' && this.durationMs(nowMs) < fastMs;
    const longestMs = isFast ? longestParkMs.fast : longestParkMs.slow;
    // When a breaker lets a task through is known, and so is the rate that a receiver allows.
    if (breaker !== 'closed' || this.intervalMs > 0) return longestMs;
    return Math.min(longestMs, nowMs - this.backlogSinceMs + trustedAheadMs);
  }

  private learn(result: CallbackResult, tookMs: number, wasFull: boolean): void {
    this.averageMs += weightOfLatest * (tookMs - this.averageMs);
    if (result === 'timeout') this.limit = 1;
    if (result === 'confirmed' && wasFull) this.limit = Math.min(this.limit + 1, this.maxInFlight);
  }

  private setLimits({ maxInFlight, maxPerMinute }: Entering): void {
    this.maxInFlight = maxInFlight;
    this.intervalMs = maxPerMinute === undefined ? 0 : minuteMs / maxPerMinute;
  }

  private canCall(nowMs: number): boolean {
    return this.isBelowLimit() && this.isDue(nowMs);
  }

  private isBelowLimit(): boolean {
    return this.inFlight < Math.min(this.limit, this.maxInFlight);
  }

  /** Whether the rate allows a callback now. */
  private isDue(nowMs: number): boolean {
    return this.intervalMs === 0 || this.nextDueMs - Math.max(burstMs - this.intervalMs, 0) <= nowMs;
  }

  private durationMs(nowMs: number): number {
    return this.inFlight > 0 ? Math.max(this.averageMs, nowMs - this.lastProgressMs) : this.averageMs;
  }

  /** The mean time between the starts of two callbacks when the lane is busy. */
  private msPerTask(nowMs: number): number {
    return Math.max(this.durationMs(nowMs) / Math.min(this.limit, this.maxInFlight), this.intervalMs);
  }
}
