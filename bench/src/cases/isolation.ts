import { medianOf, type Case } from '../case.js';
import { runAtFullSpeed } from '../full-speed.js';
import { runAtRate } from '../at-rate.js';
import { alternate, type Run } from '../runs.js';
import type { Stage } from '../stage.js';
import { fillSubscriptions } from '../subscribe.js';

const subscriptions = 100;
const hanging = 10;
const healthyShare = 1 - hanging / subscriptions;
const names = { first: 0, count: subscriptions };
const events = 8_000;
const seconds = 6;

export const isolation: Case = {
  name: 'isolation',
  what:
    '100 subscriptions with an equal share of the events; 10 of them hang (their time-out is the default, 10 s) against a ' +
    'run in which they answer. Only the callbacks of the other 90 count. A new bus for each run.',
  async run(stage, options) {
    let ratePerS = 0;
    const play = (path: string) => async (share: number) => {
      const run = await playOn(stage, { path, share, ratePerS });
      // The first run, in which all answer, says what half speed is.
      if (ratePerS === 0) ratePerS = (run.values['events/s'] ?? 0) / 2;
      return run;
    };
    const variants = await alternate({ 'all answer': play('/aside'), '10 hang': play('/hang') }, options);
    const ratio = (measure: string) =>
      medianOf(variants, '10 hang', measure) / medianOf(variants, 'all answer', measure);
    return {
      variants,
      figures: [
        { name: 'isolation: healthy throughput', value: ratio('events/s'), atLeast: 0.95 },
        { name: 'isolation: healthy p99 at half speed', value: ratio('p99 ms'), atMost: 1.2 },
      ],
    };
  },
};

/** At full speed first, which also makes the hanging ones known, then at half speed. */
async function playOn(stage: Stage, options: { path: string; share: number; ratePerS: number }): Promise<Run> {
  const { path, share, ratePerS } = options;
  const bus = await stage.startBus();
  await fillSubscriptions(
    bus.databaseUrl,
    Array.from({ length: subscriptions }, (_, event) => `${stage.receiverUrl}${event < hanging ? path : '/at-once'}`),
  );
  await bus.addWorker();
  const door = { url: `${bus.ingest.url}/api/publish`, processes: stage.processesOf(bus), names };
  const warm = { ...door, events: (events * share) / 4, fanOut: healthyShare };
  await runAtFullSpeed(stage, warm);
  const full = await runAtFullSpeed(stage, { ...warm, events: events * share });
  if (ratePerS === 0) {
    await bus.stop();
    return full;
  }
  const half = await runAtRate(stage, { ...door, ratePerS, seconds: seconds * share, countedShare: healthyShare });
  await bus.stop();
  return {
    ...full,
    values: { ...full.values, ...half.values },
    lost: full.lost + half.lost,
    repeated: full.repeated + half.repeated,
    failed: full.failed + half.failed,
  };
}
