import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../case.js';
import { openBusChain, openChain } from '../load/chain.js';
import { findHalfLoad } from '../load/half-load.js';
import { lowRate, runAtRate, type AtRate } from '../load/at-rate.js';
import { median } from '../quantiles.js';
import { describeRun, toVariant, type Run } from '../runs.js';
import type { Stage } from '../processes/stage.js';
import { rssMiBOf, type Processes } from '../processes/usage.js';

const minutesAlone = 10;
const minutesAmongOthers = 1.5;
const windowS = 30;
const comparedWindows = 5;

export const soak: Case = {
  name: 'soak',
  what:
    `Half of the end-to-end maximum for ${minutesAlone} minutes (${minutesAmongOthers} when all cases run), in windows of ${windowS} s; ` +
    'the floor has as many at the same rate, each after one of the bus.',
  async run(stage, options) {
    const chain = await openChain(stage);
    const ratePerS = await findHalfLoad(stage, chain, options.share);
    const minutes = (options.isAlone ? minutesAlone : minutesAmongOthers) * options.share;
    const windows = Math.max(4, Math.round((minutes * 60) / windowS));
    const seconds = (minutes * 60) / windows;

    const runs: { bus: Run[]; floor: Run[] } = { bus: [], floor: [] };
    for (let window = 1; window <= windows; window += 1) {
      const bus = await runWindow(stage, { ...chain.bus(1, 0), ratePerS, seconds });
      const floor = await runAtRate(stage, { ...(await chain.floor(1, 0)), ratePerS, seconds });
      runs.bus.push(bus);
      runs.floor.push(floor);
      options.progress(`${window}/${windows} bus ${describeRun(bus)}; floor ${describeRun(floor)}`);
    }
    const floorDrift = driftOf(runs.floor, 'p99 ms');
    const drift = (measure: 'ingest MiB' | 'delivery MiB') => (driftOf(runs.bus, measure) - 1) * 100;
    return {
      variants: [toVariant('bus', runs.bus), toVariant('floor', runs.floor)],
      figures: [
        { name: 'soak: minutes', value: minutes, unit: 'min' },
        { name: 'soak: memory drift of ingest', value: drift('ingest MiB'), unit: '%', atMost: 5 },
        { name: 'soak: memory drift of the worker', value: drift('delivery MiB'), unit: '%', atMost: 5 },
        {
          name: 'soak: p99 at the end / at first',
          value: driftOf(runs.bus, 'p99 ms'),
          atMost: Math.max(1.2, floorDrift),
        },
        { name: 'soak: the same of the floor', value: floorDrift },
      ],
    };
  },
  async openBeside(stage, { checkout }) {
    const { runOf } = await openBusChain(stage, checkout);
    return {
      [`${lowRate.ratePerS} events/s`]: (share) =>
        runWindow(stage, { ...runOf(1, 0), ...lowRate, seconds: lowRate.seconds * share }),
    };
  },
};

/** The median of the last five windows over that of the first five, which follow a window that warms up. */
function driftOf(runs: readonly Run[], measure: string): number {
  const values = runs.map((run) => run.values[measure] ?? NaN);
  return median(values.slice(-comparedWindows)) / median(values.slice(1, 1 + comparedWindows));
}

/** Publishes at a fixed rate and measures resident memory besides. */
async function runWindow(stage: Stage, options: AtRate): Promise<Run> {
  const watch = watchMemory(options.processes);
  const run = await runAtRate(stage, options);
  const memory = watch.stop();
  return { ...run, values: { ...run.values, 'ingest MiB': memory.ingest, 'delivery MiB': memory.delivery } };
}

/** Samples resident memory every second. The result is the median, because memory varies with garbage collection. */
function watchMemory(processes: Processes) {
  const samples: { ingest: number; delivery: number }[] = [];
  const stopping = new AbortController();
  const sample = () =>
    samples.push({ ingest: rssMiBOf(processes['ingest'] ?? []), delivery: rssMiBOf(processes['delivery'] ?? []) });
  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      sample();
      await sleep(1_000, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  void watch();
  return {
    stop() {
      stopping.abort();
      return {
        ingest: median(samples.map(({ ingest }) => ingest)),
        delivery: median(samples.map(({ delivery }) => delivery)),
      };
    },
  };
}
