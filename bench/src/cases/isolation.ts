import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@callbus/testing/wait-for';
import { here, type Checkout } from '../processes/checkout.js';
import { medianOf, medianRatioOf, type Case } from '../case.js';
import { runAtFullSpeed } from '../load/full-speed.js';
import { runAtRate } from '../load/at-rate.js';
import { alternate } from '../runs.js';
import type { Stage } from '../processes/stage.js';
import { fillSubscriptions } from '../processes/subscribe.js';

const subscriptions = 100;
const hanging = 10;
const healthyShare = 1 - hanging / subscriptions;
const names = { first: 0, count: subscriptions };
const healthyNames = { first: hanging, count: subscriptions - hanging };
const warmUpEvents = 9_000;
const eventsAtFirst = 16_000;
/** Many short runs, each beside one on the other bus, because on a busy machine runs on one bus differ by a third. */
const fullSpeed = { events: 5_000, turnsEachRound: 5 };
const halfSpeed = { seconds: 2.5, turnsEachRound: 2 };

export const isolation: Case = {
  name: 'isolation',
  what:
    'Two buses side by side, each with 100 subscriptions that share the events equally. On one bus 10 receivers hang (their time-out is the ' +
    'default, 10 s), on the other they answer. Only the callbacks of the other 90 count. At first the breakers are closed; ' +
    'after some 20 s those of the hanging receivers are open. The figures are medians of the ratios of a turn.',
  async run(stage, { rounds, share, progress }) {
    const buses = {
      'all answer': await openBus(stage, '/aside', share),
      '10 hang': await openBus(stage, '/hang', share),
    };
    const each = <Play>(work: string, play: (bus: IsolationBus) => Play) =>
      Object.fromEntries(Object.entries(buses).map(([name, bus]) => [`${name}, ${work}`, play(bus)]));
    const atFullSpeed = (count: number) => (bus: IsolationBus) => () =>
      runAtFullSpeed(stage, { ...bus.door, events: count * share, fanOut: healthyShare });
    const turns = (count: number) => ({ rounds: count, share, isWarm: true, progress });

    const first = await alternate(each('at first', atFullSpeed(eventsAtFirst)), turns(1));
    await waitFor(() => hasOpenLanes(buses['10 hang'].workerUrl), { what: 'open breakers', timeoutMs: 120_000 });
    const full = await alternate(
      each('full speed', atFullSpeed(fullSpeed.events)),
      turns(rounds * fullSpeed.turnsEachRound),
    );
    const ratePerS = medianOf(full, 'all answer, full speed', 'events/s') / 2;
    const half = await alternate(
      each(
        'half speed',
        ({ door }) =>
          () =>
            runAtRate(stage, { ...door, ratePerS, seconds: halfSpeed.seconds * share, fanOut: healthyShare }),
      ),
      turns(rounds * halfSpeed.turnsEachRound),
    );

    const variants = [...first, ...full, ...half];
    const ratio = (work: string, measure: string) =>
      medianRatioOf(variants, [`10 hang, ${work}`, `all answer, ${work}`], measure);
    return {
      variants,
      figures: [
        { name: 'isolation: healthy throughput', value: ratio('full speed', 'events/s'), atLeast: 0.95 },
        { name: 'isolation: healthy throughput at first', value: ratio('at first', 'events/s') },
        { name: 'isolation: healthy p99 at half speed', value: ratio('half speed', 'p99 ms'), atMost: 1.2 },
      ],
    };
  },
  async openBeside(stage, { checkout, share }) {
    const bus = await openBus(stage, '/hang', share, checkout);
    await runAtFullSpeed(stage, { ...bus.door, events: eventsAtFirst * share, fanOut: healthyShare });
    await waitFor(() => hasOpenLanes(bus.workerUrl), { what: 'open breakers', timeoutMs: 120_000 });
    return {
      '10 of 100 hang': (share) =>
        runAtFullSpeed(stage, { ...bus.door, events: fullSpeed.events * share, fanOut: healthyShare }),
    };
  },
};

type IsolationBus = Awaited<ReturnType<typeof openBus>>;

/** @param path of the receivers that are not counted */
async function openBus(stage: Stage, path: '/aside' | '/hang', share: number, checkout: Checkout = here) {
  const bus = await stage.startBus(checkout);
  await fillSubscriptions(
    bus.databaseUrl,
    Array.from({ length: subscriptions }, (_, event) => `${stage.receiverUrl}${event < hanging ? path : '/at-once'}`),
  );
  const worker = await bus.addWorker();
  const door = { url: `${bus.ingest.url}/api/publish`, processes: stage.processesOf(bus), names };
  // Warms up with the receivers that answer on both buses, so that the lanes of the others are still new.
  await runAtFullSpeed(stage, { ...door, names: healthyNames, events: warmUpEvents * share, fanOut: 1 });
  return { workerUrl: worker.url, door };
}

/** Whether the breakers of all hanging receivers are open. It waits first, because it is called in a loop. */
async function hasOpenLanes(workerUrl: string): Promise<boolean> {
  await sleep(200);
  const metrics = await (await fetch(`${workerUrl}/metrics`)).text();
  return metrics
    .split('\n')
    .some((line) => /^callbus_lanes\{.*state="open"/.test(line) && line.endsWith(` ${hanging}`));
}
