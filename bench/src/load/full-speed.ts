import { nowUs } from '../clock.js';
import { wholeEvents } from './event-bytes.js';
import type { LoadTarget } from '../programs/load.js';
import type { Run } from '../runs.js';
import type { Traffic } from '../processes/traffic.js';
import { startUsage, type Processes } from '../processes/usage.js';

export interface FullSpeed extends LoadTarget {
  readonly processes: Processes;
  readonly events: number;
  /** Callbacks per event. */
  readonly fanOut: number;
}

export interface FullSpeedRun extends Run {
  /** Events accepted per second until the last one was accepted. */
  readonly publishedPerS: number;
}

const connections = 64;

/** Publishes events as fast as they are accepted. The time ends with the last callback, so a backlog counts. */
export async function runAtFullSpeed(traffic: Traffic, options: FullSpeed): Promise<FullSpeedRun> {
  const { processes, events, fanOut, ...target } = options;
  const used = startUsage(processes);
  const startedUs = nowUs();
  const { accepted, failed, seconds } = await traffic.publish({
    ...target,
    listLength: 1,
    connections,
    until: { events: wholeEvents(events) },
  });
  const due = Math.round(accepted * fanOut);
  const lastUs = await traffic.until(due);
  const usage = used();
  const { distinct, repeated } = await traffic.settle(due);
  return {
    values: { 'events/s': accepted / ((lastUs - startedUs) / 1e6) },
    publishedPerS: accepted / seconds,
    events: accepted,
    usage,
    lost: due - distinct,
    repeated,
    failed,
  };
}
