import type { Bus } from '../processes/bus.js';
import { medianOf, type Case } from '../case.js';
import { alternate, type Play, type Run } from '../runs.js';
import { here, type Checkout } from '../processes/checkout.js';
import type { Stage } from '../processes/stage.js';
import { subscribe } from '../processes/subscribe.js';
import { startUsage } from '../processes/usage.js';

/** So low that the 100 ms of the receiver limit four workers, and not the two cores of a small machine. */
const maxInFlight = 32;
const eventsOfOne = 1_200;
/** The plays of three buses alternate. Four workers each show what a change costs them. */
const beside = { workers: 4, eventsOfOne: 500 };
const stallMs = 10_000;

export const workers: Case = {
  name: 'workers',
  what: `Callbacks that take 100 ms, ${maxInFlight} at once per worker, a backlog for 1, 2 and 4 workers of buses side by side.`,
  async run(stage, options) {
    const variants = await alternate(
      {
        '1 worker': await openPlay(stage, { workers: 1, eventsOfOne }),
        '2 workers': await openPlay(stage, { workers: 2, eventsOfOne }),
        '4 workers': await openPlay(stage, { workers: 4, eventsOfOne }),
      },
      options,
    );
    const ratio = (name: string) =>
      medianOf(variants, name, 'callbacks/s') / medianOf(variants, '1 worker', 'callbacks/s');
    return {
      variants,
      figures: [
        { name: '2 workers / 1', value: ratio('2 workers'), atLeast: 1.9 },
        { name: '4 workers / 1', value: ratio('4 workers'), atLeast: 3.6 },
      ],
    };
  },
  openBeside: async (stage, { checkout }) => ({
    [`${beside.workers} workers`]: await openPlay(stage, { ...beside, checkout }),
  }),
};

interface Pool {
  readonly workers: number;
  /** The backlog for each worker. */
  readonly eventsOfOne: number;
  readonly checkout?: Checkout;
}

async function openPlay(stage: Stage, { workers, eventsOfOne, checkout = here }: Pool): Promise<Play> {
  const bus = await stage.startBus(checkout);
  const subscriptions = await subscribe(bus.subscription.url, [
    { name: 'workers', callbackUrl: `${stage.receiverUrl}/slow`, event: 0, maxInFlight },
  ]);
  for (let worker = 0; worker < workers; worker += 1) await bus.addWorker();
  return (share) => workOff(stage, bus, { subscriptions, events: Math.round(eventsOfOne * workers * share) });
}

async function workOff(
  stage: Stage,
  bus: Bus,
  { subscriptions, events }: { subscriptions: readonly number[]; events: number },
): Promise<Run> {
  await stage.receiver.ask('reset', { first: 0 });
  await bus.fillDeliveries({ subscriptions, events });
  // The start and the end, when not all workers are busy, are not measured.
  const from = Math.round(events * 0.3);
  const to = Math.round(events * 0.7);
  const startUs = await stage.receiver.ask('until', { distinct: from, idleMs: stallMs });
  const used = startUsage(stage.processesOf(bus));
  const endUs = await stage.receiver.ask('until', { distinct: to, idleMs: stallMs });
  const usage = used();
  const { distinct, repeated } = await stage.settle(events);
  return {
    values: { 'callbacks/s': (to - from) / ((endUs - startUs) / 1e6) },
    events: to - from,
    usage,
    lost: events - distinct,
    repeated,
    failed: 0,
  };
}
