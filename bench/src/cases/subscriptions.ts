import type { Bus } from '../processes/bus.js';
import { medianOf, medianRatioOf, type Case } from '../case.js';
import { runAtFullSpeed } from '../load/full-speed.js';
import type { Stage } from '../processes/stage.js';
import { alternate, formatNumber, type Play, type Run } from '../runs.js';
import { fillSubscriptions } from '../processes/subscribe.js';

const sizes = [10, 1_000, 10_000, 100_000];
const fewest = 10;
const mostOfAll = 100_000;
/** The number of first events, or more, so that every worker is warm. */
const eventsAtFirst = 12_000;
/** Many short runs, each beside runs of the other sizes. */
const events = 6_000;
const turnsEachRound = 1;
const eventsBeside = 5_000;

export const subscriptions: Case = {
  name: 'subscriptions',
  what:
    'Buses of 10 to 100,000 subscriptions side by side, half of them with a wildcard. Each event matches one. The loading time is that from ' +
    "the start of a worker to its readiness; the worker's memory is the live heap after that. At first every subscription gets its first " +
    'callback; afterwards all of them have had one. The throughput figure is the median of the ratios of a turn.',
  async run(stage, { rounds, share, progress }) {
    const buses: { size: number; bus: Bus }[] = [];
    for (const size of sizes) {
      const bus = await stage.startBus();
      await fillSubscriptions(bus.databaseUrl, Array<string>(size).fill(`${stage.receiverUrl}/at-once`));
      buses.push({ size, bus });
    }
    const publish = (size: number, bus: Bus, count: number) =>
      publishToEach(stage, bus, { size, events: count * share });
    const inTurn = (work: string, turns: number, play: (size: number, bus: Bus) => Promise<Run>) => {
      const plays = buses.map(({ size, bus }): [string, Play] => [nameOf(size, work), () => play(size, bus)]);
      return alternate(Object.fromEntries(plays), { rounds: turns, share, isWarm: true, progress });
    };

    const loading = await inTurn('loading', rounds, load);
    const first = await inTurn('at first', 1, (size, bus) => publish(size, bus, Math.max(size, eventsAtFirst)));
    const called = await inTurn('all called', rounds * turnsEachRound, (size, bus) => publish(size, bus, events));
    const most = nameOf(mostOfAll, 'at first');
    // At the other sizes first events show cold workers; at 100,000 each shows the first callback of a subscription.
    const variants = [...loading, ...first.filter(({ name }) => name === most), ...called];
    const median = (size: number, work: string, measure: string) => medianOf(variants, nameOf(size, work), measure);
    const ofCalled = [nameOf(mostOfAll, 'all called'), nameOf(fewest, 'all called')] as const;
    const atFirst = median(mostOfAll, 'at first', 'events/s') / median(fewest, 'all called', 'events/s');
    const between = (measure: string) => median(mostOfAll, 'loading', measure) - median(fewest, 'loading', measure);
    const kibEach = (measure: string) => (between(measure) * 1_024) / (mostOfAll - fewest);
    return {
      variants,
      figures: [
        {
          name: 'throughput at 100,000 subscriptions / at 10',
          value: medianRatioOf(variants, ofCalled, 'events/s'),
          atLeast: 0.95,
        },
        { name: 'the same, first callback of each', value: atFirst },
        { name: 'loading 100,000 subscriptions', value: between('load s'), unit: 's', atMost: 10 },
        { name: 'worker memory for each, live heap', value: kibEach('heap MiB'), unit: 'KiB', atMost: 2 },
        { name: 'worker memory for each, resident', value: kibEach('rss MiB'), unit: 'KiB' },
      ],
    };
  },
  async openBeside(stage, { checkout, share }) {
    const bus = await stage.startBus(checkout);
    await fillSubscriptions(bus.databaseUrl, Array<string>(mostOfAll).fill(`${stage.receiverUrl}/at-once`));
    await bus.addWorker();
    await publishToEach(stage, bus, { size: mostOfAll, events: mostOfAll * share });
    return {
      [nameOf(mostOfAll, 'all called')]: (share) =>
        publishToEach(stage, bus, { size: mostOfAll, events: eventsBeside * share }),
    };
  },
};

function publishToEach(stage: Stage, bus: Bus, { size, events }: { size: number; events: number }): Promise<Run> {
  return runAtFullSpeed(stage, {
    url: `${bus.ingest.url}/api/publish`,
    processes: stage.processesOf(bus),
    names: { first: 0, count: size },
    events,
    fanOut: 1,
  });
}

/** Measures the start of a worker. The last worker to start stays. */
async function load(size: number, bus: Bus): Promise<Run> {
  await bus.stopWorkers();
  const worker = await bus.addWorker();
  const { heap, rss } = await worker.ask('memory');
  const mib = 1_048_576;
  return {
    values: { 'load s': worker.readyAfterS, 'heap MiB': heap / mib, 'rss MiB': rss / mib },
    events: size,
    usage: {},
    lost: 0,
    repeated: 0,
    failed: 0,
  };
}

function nameOf(size: number, work: string): string {
  return `${formatNumber(size).replace(/\.0+$/, '')} subscriptions, ${work}`;
}
