import { medianOf, type Case } from '../case.js';
import { runAtFullSpeed } from '../full-speed.js';
import { alternate, formatNumber, type Play } from '../runs.js';
import { fillSubscriptions } from '../subscribe.js';

const sizes = [10, 1_000, 10_000, 100_000];
const fewest = 10;
const mostOfAll = 100_000;
/** So many that what a worker does once, such as to open its connections, is little of it. */
const events = 24_000;

export const subscriptions: Case = {
  name: 'subscriptions',
  what:
    '10 to 100,000 subscriptions, half of them with a wildcard, each event matching one; a new worker for each run. Its ' +
    'directory is loaded from the start of the process to its readiness; its memory is the live heap after that.',
  async run(stage, options) {
    const bus = await stage.startBus();
    const play =
      (size: number): Play =>
      async (share) => {
        await fillSubscriptions(bus.databaseUrl, Array<string>(size).fill(`${stage.receiverUrl}/at-once`));
        const worker = await bus.addWorker();
        const { heap, rss } = await worker.ask('memory');
        const full = {
          url: `${bus.ingest.url}/api/publish`,
          processes: stage.processesOf(bus),
          names: { first: 0, count: size },
          fanOut: 1,
        };
        // The worker is new each time.
        await runAtFullSpeed(stage, { ...full, events: (events * share) / 4 });
        const run = await runAtFullSpeed(stage, { ...full, events: events * share });
        await bus.stopWorkers();
        const mib = 1_048_576;
        return {
          ...run,
          values: { ...run.values, 'load s': worker.readyAfterS, 'heap MiB': heap / mib, 'rss MiB': rss / mib },
        };
      };
    const plays = Object.fromEntries(sizes.map((size) => [nameOf(size), play(size)]));
    const variants = await alternate(plays, { ...options, isWarm: true });
    const between = (measure: string) =>
      medianOf(variants, nameOf(mostOfAll), measure) - medianOf(variants, nameOf(fewest), measure);
    const kibEach = (measure: string) => (between(measure) * 1_024) / (mostOfAll - fewest);
    return {
      variants,
      figures: [
        {
          name: 'throughput at 100,000 subscriptions / at 10',
          value: medianOf(variants, nameOf(mostOfAll), 'events/s') / medianOf(variants, nameOf(fewest), 'events/s'),
          atLeast: 0.9,
        },
        { name: 'loading 100,000 subscriptions', value: between('load s'), unit: 's', atMost: 10 },
        { name: 'worker memory for each, live heap', value: kibEach('heap MiB'), unit: 'KiB', atMost: 2 },
        { name: 'worker memory for each, resident', value: kibEach('rss MiB'), unit: 'KiB' },
      ],
    };
  },
};

function nameOf(size: number): string {
  return `${formatNumber(size).replace(/\.0+$/, '')} subscriptions`;
}
