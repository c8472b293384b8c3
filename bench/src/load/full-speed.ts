import { nowUs } from '../clock.js';
import { wholeEvents, type Names } from './event-bytes.js';
import type { Run } from '../runs.js';
import type { Stage } from '../processes/stage.js';
import { startUsage, type Processes } from '../processes/usage.js';

export interface FullSpeed {
  readonly url: string;
  readonly processes: Processes;
  readonly names: Names;
  readonly events: number;
  /** Callbacks per event. */
  readonly fanOut: number;
}

const connections = 64;

/** Publishes events as fast as they are taken. The time ends with the last callback: no backlog counts as done. */
export async function runAtFullSpeed(stage: Stage, options: FullSpeed): Promise<Run> {
  const { url, processes, names, events, fanOut } = options;
  const used = startUsage(processes);
  const startedUs = nowUs();
  const { accepted, failed } = await stage.publish({
    url,
    listLength: 1,
    names,
    connections,
    until: { events: wholeEvents(events) },
  });
  const due = Math.round(accepted * fanOut);
  const lastUs = await stage.receiver.ask('until', { distinct: due, idleMs: 8_000 });
  const usage = used();
  const { distinct, repeated } = await stage.settle(due);
  return {
    values: { 'events/s': accepted / ((lastUs - startedUs) / 1e6) },
    events: accepted,
    usage,
    lost: due - distinct,
    repeated,
    failed,
  };
}
