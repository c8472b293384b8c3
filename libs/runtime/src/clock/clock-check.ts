import { Gauge, type Registry } from 'prom-client';
import { CannotStart } from '../lifecycle/cannot-start.js';
import type { Logger } from '../observability/logger.js';
import { within } from '@callbus/concurrency/within';

/** Another machine's clock. @returns milliseconds since 1970 */
export type ReferenceClock = () => Promise<number>;

export interface ClockCheck {
  /**
   * Compares the clock with its references now and then every hour. Until all references have answered and one agrees,
   * the clock is compared every minute.
   *
   * @throws CannotStart when the clock is wrong
   */
  start(): Promise<void>;
  /**
   * Whether this clock may decide that something has expired. A clock that has jumped is not trusted, and is compared
   * again. Call this before anything expires.
   */
  readonly isTrusted: () => boolean;
  stop(): void;
}

export interface ClockCheckOptions {
  /** The references by a name that operators know. Two references can prove this clock wrong; one cannot. */
  readonly references: Readonly<Record<string, ReferenceClock>>;
  readonly limitMs: number;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly now?: () => number;
}

/**
 * - `right`: at least one reference agrees;
 * - `wrong`: at least two references answered, and none agrees;
 * - `doubtful`: one reference answered, and does not agree;
 * - `unknown`: no reference has answered yet, or none since the clock jumped.
 */
type ClockState = 'right' | 'wrong' | 'doubtful' | 'unknown';

/** The milliseconds by which this clock is ahead of each reference that answered. */
type Skews = ReadonlyMap<string, number>;

const referenceTimeoutMs = 2_000;
/** The longest comparison at the start, when references may still be connecting. */
const firstTimeoutMs = 3_000;
const firstRetryMs = 200;
const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Compares the clock of this machine with others: a worker whose clock is four days ahead would expire every event. */
export function createClockCheck(options: ClockCheckOptions): ClockCheck {
  const { references, limitMs, logger, now = Date.now } = options;
  const setMetrics = createClockMetrics(options.registry);
  const referenceCount = Object.keys(references).length;
  const hasReferences = referenceCount > 0;
  let hasAnswerOfAll = false;
  let state: ClockState = 'unknown';
  let wallOffsetMs = now() - performance.now();
  let checking: Promise<Skews> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStarting = false;
  let isStopped = false;

  /** Whether the clock has jumped since the last comparison. */
  const hasJumped = () => Math.abs(now() - performance.now() - wallOffsetMs) > limitMs;

  async function skewOf(reference: ReferenceClock): Promise<number | undefined> {
    const sentAt = now();
    const theirs = await within(referenceTimeoutMs, reference()).catch(() => undefined);
    return theirs === undefined ? undefined : (sentAt + now()) / 2 - theirs;
  }

  async function measure(): Promise<Skews> {
    const measured = await Promise.all(
      Object.entries(references).map(async ([name, reference]) => [name, await skewOf(reference)] as const),
    );
    const skews = new Map(measured.flatMap(([name, skew]) => (skew === undefined ? [] : [[name, skew]])));
    const before = state;
    hasAnswerOfAll = skews.size === referenceCount;
    // While no reference answers, the last result stays valid unless the clock jumps.
    if (skews.size > 0) state = judge([...skews.values()], limitMs);
    else if (hasJumped()) state = 'unknown';
    wallOffsetMs = now() - performance.now();
    setMetrics(skews, state);
    if (state !== before && !isStarting) logChange({ from: before, to: state, skews, logger });
    return skews;
  }

  function check(): Promise<Skews> {
    clearTimeout(timer);
    checking ??= measure().finally(() => {
      checking = undefined;
      if (isStopped) return;
      const isSettled = state === 'right' && hasAnswerOfAll;
      timer = setTimeout(() => void check(), isSettled ? hourMs : minuteMs).unref();
    });
    return checking;
  }

  return {
    async start() {
      if (!hasReferences) return;
      isStarting = true;
      const endMs = performance.now() + firstTimeoutMs;
      let skews = await check();
      while (state !== 'right' && !hasAnswerOfAll && performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, firstRetryMs));
        skews = await check();
      }
      isStarting = false;
      if (state === 'doubtful') logChange({ from: 'unknown', to: state, skews, logger });
      if (state === 'wrong') throw new CannotStart(`the clock of this machine is wrong: it is ${describe(skews)}`);
    },
    isTrusted() {
      if (!hasReferences) return true;
      if (!hasJumped()) return state === 'right';
      void check();
      return false;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function judge(skews: readonly number[], limitMs: number): ClockState {
  if (skews.some((skew) => Math.abs(skew) <= limitMs)) return 'right';
  return skews.length > 1 ? 'wrong' : 'doubtful';
}

const warnings = {
  wrong: 'the clock is wrong',
  doubtful: 'the clock or its only reference is wrong',
  unknown: 'the clock jumped, and no reference answers',
};

function logChange({
  from,
  to,
  skews,
  logger,
}: {
  from: ClockState;
  to: ClockState;
  skews: Skews;
  logger: Logger;
}): void {
  if (to === 'right') {
    if (from !== 'unknown') logger.info('the clock is right again');
    return;
  }
  logger[to === 'wrong' ? 'error' : 'warn']({ clock: describe(skews) }, warnings[to]);
}

/** For example `345600 s ahead of redis, 345599 s ahead of the subscription service`. */
function describe(skews: Skews): string {
  return Array.from(skews, ([name, skewMs]) => {
    const seconds = Math.round(Math.abs(skewMs) / 1_000);
    return `${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} ${name}`;
  }).join(', ');
}

function createClockMetrics(registry: Registry): (skews: Skews, state: ClockState) => void {
  const skewGauge = new Gauge({
    name: 'callbus_clock_skew_seconds',
    help: 'Seconds by which the clock of this process was ahead of a reference at the last comparison.',
    labelNames: ['reference'],
    registers: [registry],
  });
  const trusted = new Gauge({
    name: 'callbus_clock_trusted',
    help: '0 while reference clocks answer and none agrees with the clock of this process: nothing expires then. Otherwise 1.',
    registers: [registry],
  });
  trusted.set(1);
  return (skews, state) => {
    skewGauge.reset();
    for (const [reference, skewMs] of skews) skewGauge.set({ reference }, skewMs / 1_000);
    trusted.set(state === 'right' || state === 'unknown' ? 1 : 0);
  };
}
