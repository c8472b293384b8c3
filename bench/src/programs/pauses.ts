import { PerformanceObserver } from 'node:perf_hooks';
import { nowUs, usOf } from '../clock.js';
import type { Commands } from '../processes/serve-commands.js';

/** A time in which a process did nothing else, in microseconds of the machine's clock. */
export interface Pause {
  readonly kind: 'collection' | 'stall';
  readonly fromUs: number;
  readonly toUs: number;
}

const tickMs = 2;
/** A timer that is later than this was held up: by work of the process, or by a machine without a free core. */
const stallMs = 4;
/** Shorter collections are too many to keep, and delay nothing that is measured. */
const shortestMs = 0.5;

export interface PauseCommands extends Commands {
  watchPauses(): void;
  takePauses(): Pause[];
}

let pauses: Pause[] | undefined;

/** Begins to record the garbage collections of this process and the stalls of its event loop. */
export function watchPauses(): void {
  if (pauses !== undefined) return;
  const kept: Pause[] = (pauses = []);
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      if (duration >= shortestMs)
        kept.push({ kind: 'collection', fromUs: usOf(startTime), toUs: usOf(startTime + duration) });
    }
  }).observe({ entryTypes: ['gc'] });
  let dueUs = nowUs() + tickMs * 1_000;
  setInterval(() => {
    const toUs = nowUs();
    if (toUs - dueUs > stallMs * 1_000) kept.push({ kind: 'stall', fromUs: dueUs, toUs });
    dueUs = toUs + tickMs * 1_000;
  }, tickMs).unref();
}

/** @returns what was recorded since the last question */
export function takePauses(): Pause[] {
  return pauses?.splice(0) ?? [];
}
