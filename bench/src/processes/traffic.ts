import { setTimeout as sleep } from 'node:timers/promises';
import { wholeEvents } from '../load/event-bytes.js';
import type { LoadCommands, LoadOptions, LoadResult } from '../programs/load.js';
import type { Received, ReceiverCommands } from '../programs/receiver.js';
import { startProgram } from './program.js';

/** A load generator and a receiver, which are independent of the system between them. */
export type Traffic = Awaited<ReturnType<typeof openTraffic>>;

export interface TrafficOptions {
  /** The port of the receiver. By default any free one. */
  readonly port?: number;
  /** The sequence of the first event. */
  readonly firstSequence?: number;
  /** When no callback comes for this long, the missing ones count as lost. */
  readonly idleMs?: number;
}

const settleMs = 300;
/** The sequences that a run with a time limit reserves. */
const most = 1_000_000;

export async function openTraffic({ port, firstSequence = 0, idleMs = 8_000 }: TrafficOptions = {}) {
  const load = startProgram<LoadCommands>('load');
  const receiver = startProgram<ReceiverCommands>('receiver');
  const receiverUrl = await receiver.ask('listen', port);
  let sequence = firstSequence;

  /** Reserves sequences that no earlier event has, so that no event counts as a repeat. */
  function takeSequence(events: number): number {
    const first = sequence;
    sequence += wholeEvents(events);
    return first;
  }

  /** Waits until this number of different callbacks has come, or no more come. @returns the time of the last callback */
  function until(distinct: number): Promise<number> {
    return receiver.ask('until', { distinct, idleMs });
  }

  return {
    load,
    receiver,
    receiverUrl,
    processes: { load: [load.pid], receiver: [receiver.pid] },
    /** Publishes events. From now on the receiver counts only their callbacks. */
    async publish(options: Omit<LoadOptions, 'sequence'>): Promise<LoadResult> {
      const first = takeSequence('events' in options.until ? options.until.events : most);
      await receiver.ask('reset', { first });
      return load.ask('publish', { ...options, sequence: first });
    },
    until,
    /** Waits like `until`, and a moment longer for repeats. */
    async settle(distinct: number): Promise<Received> {
      await until(distinct);
      await sleep(settleMs);
      return receiver.ask('received');
    },
    async close(): Promise<void> {
      await Promise.all([load.stop(), receiver.stop()]);
    },
  };
}
