import type { Bus } from '../bus.js';
import { medianOf, type Case } from '../case.js';
import { alternate, type Run } from '../runs.js';
import type { Stage } from '../stage.js';
import { subscribe } from '../subscribe.js';
import { startUsage } from '../usage.js';

const backlog = 50_000;
/** Delivered before the measuring begins, by a worker that was just started. */
const warmUp = 5_000;
const manySubscriptions = 100;
const stallMs = 10_000;

export const deliver: Case = {
  name: 'deliver',
  what: 'A backlog of 50,000 deliveries, to one subscription and to 100 in turn; the receiver answers at once.',
  async run(stage, options) {
    const bus = await stage.startBus();
    const ids = await subscribe(
      bus.subscription.url,
      Array.from({ length: manySubscriptions }, (_, index) => ({
        name: `deliver ${index}`,
        callbackUrl: `${stage.receiverUrl}/at-once`,
        event: index,
      })),
    );
    const variants = await alternate(
      {
        'bus, 1 subscription': (share) => deliverBacklog(stage, bus, ids.slice(0, 1), Math.round(backlog * share)),
        floor: (share) => deliverOnFloor(stage, Math.round(backlog * share)),
        'bus, 100 subscriptions': (share) => deliverBacklog(stage, bus, ids, Math.round(backlog * share)),
      },
      { ...options, isWarm: true },
    );
    const floor = medianOf(variants, 'floor', 'callbacks/s');
    const figureOf = (variant: string) => medianOf(variants, variant, 'callbacks/s') / floor;
    return {
      variants,
      figures: [
        { name: 'deliver, 1 subscription / floor', value: figureOf('bus, 1 subscription'), atLeast: 0.55 },
        { name: 'deliver, 100 subscriptions / floor', value: figureOf('bus, 100 subscriptions'), atLeast: 0.55 },
      ],
    };
  },
};

async function deliverBacklog(stage: Stage, bus: Bus, subscriptions: readonly number[], events: number): Promise<Run> {
  await stage.queue.ask('fillDeliveries', {
    amqpUrl: stage.amqpUrl,
    prefix: bus.prefix,
    subscriptions,
    events: events + warmUp,
  });
  await stage.receiver.ask('reset', { first: 0 });
  await bus.addWorker();
  const run = await measure(stage, bus, events);
  await bus.stopWorkers();
  return run;
}

async function deliverOnFloor(stage: Stage, events: number): Promise<Run> {
  await stage.queue.ask('fillFloor', { amqpUrl: stage.amqpUrl, queue: stage.floor.queue, events: events + warmUp });
  await stage.receiver.ask('reset', { first: 0 });
  await stage.floor.startWorker(['/at-once']);
  const run = await measure(stage, 'floor', events);
  await stage.floor.stopWorker();
  return run;
}

/** From the last callback of the warm-up to the last of all. */
async function measure(stage: Stage, bus: Bus | 'floor', events: number): Promise<Run> {
  const startUs = await stage.receiver.ask('until', { distinct: warmUp, idleMs: stallMs });
  const used = startUsage(stage.processesOf(bus));
  const endUs = await stage.receiver.ask('until', { distinct: warmUp + events, idleMs: stallMs });
  const usage = used();
  const { distinct, repeated } = await stage.settle(warmUp + events);
  return {
    values: { 'callbacks/s': (distinct - warmUp) / ((endUs - startUs) / 1e6) },
    events,
    usage,
    lost: warmUp + events - distinct,
    repeated,
    failed: 0,
  };
}
