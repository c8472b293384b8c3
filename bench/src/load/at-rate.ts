import { wholeEvents, type Names } from './event-bytes.js';
import type { Run } from '../runs.js';
import type { Stage } from '../processes/stage.js';
import { startUsage, type Processes } from '../processes/usage.js';

export interface AtRate {
  readonly url: string;
  readonly processes: Processes;
  readonly names: Names;
  readonly ratePerS: number;
  readonly seconds: number;
  /** The share of the accepted events whose callbacks are counted. */
  readonly countedShare?: number;
}

/** Enough connections that no request waits for one, unless the answers stall. */
const connections = 256;

/** Publishes at a fixed rate, whatever the answers. The age of a callback counts from the due time of its event. */
export async function runAtRate(stage: Stage, options: AtRate): Promise<Run> {
  const { url, processes, names, ratePerS, seconds, countedShare = 1 } = options;
  const used = startUsage(processes);
  const until = { events: wholeEvents(ratePerS * seconds) };
  const { accepted, failed } = await stage.publish({ url, listLength: 1, names, connections, until, ratePerS });
  const usage = used();
  const due = Math.round(accepted * countedShare);
  const received = await stage.settle(due);
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
