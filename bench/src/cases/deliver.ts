import type { Bus } from '../processes/bus.js';
import { medianRatioOf, type Case } from '../case.js';
import { alternate, type Run } from '../runs.js';
import type { Stage } from '../processes/stage.js';
import { subscribe } from '../processes/subscribe.js';
import { startUsage } from '../processes/usage.js';

const backlog = 50_000;
/** Deliveries of a new worker before the measurement begins. */
const warmUp = 5_000;
const manySubscriptions = 100;
/** The worker is already warm, so a short lead-in is enough. */
const beside = { events: 10_000, leadIn: 1_000 };
const stallMs = 10_000;

export const deliver: Case = {
  name: 'deliver',
  what: 'A backlog of 50,000 deliveries, to one subscription and to 100 in turn; the receiver answers at once.',
  async run(stage, options) {
    const bus = await stage.startBus();
    const ids = await subscribeMany(stage, bus);
    const variants = await alternate(
      {
        'bus, 1 subscription': (share) => deliverBacklog(stage, bus, ids.slice(0, 1), Math.round(backlog * share)),
        floor: (share) => deliverOnFloor(stage, Math.round(backlog * share)),
        'bus, 100 subscriptions': (share) => deliverBacklog(stage, bus, ids, Math.round(backlog * share)),
      },
      { ...options, isWarm: true },
    );
    const figureOf = (variant: string) => medianRatioOf(variants, [variant, 'floor'], 'callbacks/s');
    return {
      variants,
      figures: [
        { name: 'deliver, 1 subscription / floor', value: figureOf('bus, 1 subscription'), atLeast: 1.15 },
        { name: 'deliver, 100 subscriptions / floor', value: figureOf('bus, 100 subscriptions'), atLeast: 1 },
      ],
    };
  },
  async openBeside(stage, { checkout }) {
    const bus = await stage.startBus(checkout);
    const ids = await subscribeMany(stage, bus);
    await bus.addWorker();
    return {
      '1 subscription': (share) => deliverByWarmWorker(stage, bus, ids.slice(0, 1), Math.round(beside.events * share)),
      '100 subscriptions': (share) => deliverByWarmWorker(stage, bus, ids, Math.round(beside.events * share)),
    };
  },
};

function subscribeMany(stage: Stage, bus: Bus): Promise<number[]> {
  return subscribe(
    bus.subscription.url,
    Array.from({ length: manySubscriptions }, (_, index) => ({
      name: `deliver ${index}`,
      callbackUrl: `${stage.receiverUrl}/at-once`,
      event: index,
    })),
  );
}

async function deliverBacklog(stage: Stage, bus: Bus, subscriptions: readonly number[], events: number): Promise<Run> {
  await bus.fillDeliveries({ subscriptions, events: events + warmUp });
  await stage.receiver.ask('reset', { first: 0 });
  await bus.addWorker();
  const run = await measure(stage, bus, { leadIn: warmUp, events });
  await bus.stopWorkers();
  return run;
}

async function deliverByWarmWorker(stage: Stage, bus: Bus, subscriptions: number[], events: number): Promise<Run> {
  await stage.receiver.ask('reset', { first: 0 });
  await bus.whilePaused(() => bus.fillDeliveries({ subscriptions, events: beside.leadIn + events }));
  return measure(stage, bus, { leadIn: beside.leadIn, events });
}

async function deliverOnFloor(stage: Stage, events: number): Promise<Run> {
  await stage.queue.ask('fillFloor', { amqpUrl: stage.amqpUrl, queue: stage.floor.queue, events: events + warmUp });
  await stage.receiver.ask('reset', { first: 0 });
  await stage.floor.startWorker(['/at-once']);
  const run = await measure(stage, 'floor', { leadIn: warmUp, events });
  await stage.floor.stopWorker();
  return run;
}

/** Measures from the last callback of the lead-in to the last callback. */
async function measure(
  stage: Stage,
  bus: Bus | 'floor',
  { leadIn, events }: { leadIn: number; events: number },
): Promise<Run> {
  const startUs = await stage.receiver.ask('until', { distinct: leadIn, idleMs: stallMs });
  const used = startUsage(stage.processesOf(bus));
  const endUs = await stage.receiver.ask('until', { distinct: leadIn + events, idleMs: stallMs });
  const usage = used();
  const { distinct, repeated } = await stage.settle(leadIn + events);
  return {
    values: { 'callbacks/s': (distinct - leadIn) / ((endUs - startUs) / 1e6) },
    events,
    usage,
    lost: leadIn + events - distinct,
    repeated,
    failed: 0,
  };
}
