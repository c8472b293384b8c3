import { wholeEvents } from './event-bytes.js';
import type { LoadTarget } from '../programs/load.js';
import type { Run } from '../runs.js';
import type { Traffic } from '../processes/traffic.js';
import { startUsage, type Processes } from '../processes/usage.js';

export interface AtRate extends LoadTarget {
  readonly processes: Processes;
  readonly ratePerS: number;
  readonly seconds: number;
  /** Callbacks per event that are counted. */
  readonly fanOut?: number;
}

/** Two builds are compared at the same rate, which every machine sustains. */
export const lowRate = { ratePerS: 1_000, seconds: 2.5 };

/** Enough connections that no request waits for one, unless the answers stall. */
const connections = 256;

/** Publishes at a fixed rate, independent of the answers. The age of a callback counts from the due time of its event. */
export async function runAtRate(traffic: Traffic, options: AtRate): Promise<Run> {
  const { processes, ratePerS, seconds, fanOut = 1, ...target } = options;
  const used = startUsage(processes);
  const until = { events: wholeEvents(ratePerS * seconds) };
  const { accepted, failed } = await traffic.publish({ ...target, listLength: 1, connections, until, ratePerS });
  const usage = used();
  const due = Math.round(accepted * fanOut);
  const received = await traffic.settle(due);
  return {
    values: {
      'p50 ms': received.latencyMs.p50,
      'p99 ms': received.latencyMs.p99,
      'p99.9 ms': received.latencyMs.p999,
    },
    events: accepted,
    usage,
    lost: due - received.distinct,
    repeated: received.repeated,
    failed,
  };
}
