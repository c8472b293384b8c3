import { medianOf, type Case } from '../case.js';
import { alternate, type Play } from '../runs.js';
import { subscribe } from '../subscribe.js';
import { startUsage } from '../usage.js';

/** So few that four workers are bound by the receiver's 100 ms and not by the two cores of a small machine. */
const maxInFlight = 32;
const eventsOfOne = 1_200;
const stallMs = 10_000;

export const workers: Case = {
  name: 'workers',
  what: `Callbacks that take 100 ms, ${maxInFlight} at once a worker, a backlog for 1, 2 and 4 workers.`,
  async run(stage, options) {
    const bus = await stage.startBus();
    const ids = await subscribe(bus.subscription.url, [
      { name: 'workers', callbackUrl: `${stage.receiverUrl}/slow`, event: 0, maxInFlight },
    ]);
    const play =
      (count: number): Play =>
      async (share) => {
        const events = Math.round(eventsOfOne * count * share);
        await stage.queue.ask('fillDeliveries', {
          amqpUrl: stage.amqpUrl,
          prefix: bus.prefix,
          subscriptions: ids,
          events,
        });
        await stage.receiver.ask('reset', { first: 0 });
        await Promise.all(Array.from({ length: count }, () => bus.addWorker()));
        // Neither the start nor the end, at which not all workers have their fill.
        const from = Math.round(events * 0.2);
        const to = Math.round(events * 0.7);
        const startUs = await stage.receiver.ask('until', { distinct: from, idleMs: stallMs });
        const used = startUsage(stage.processesOf(bus));
        const endUs = await stage.receiver.ask('until', { distinct: to, idleMs: stallMs });
        const usage = used();
        const { distinct, repeated } = await stage.settle(events);
        await bus.stopWorkers();
        return {
          values: { 'callbacks/s': (to - from) / ((endUs - startUs) / 1e6) },
          events: to - from,
          usage,
          lost: events - distinct,
          repeated,
          failed: 0,
        };
      };
    const plays = { '1 worker': play(1), '2 workers': play(2), '4 workers': play(4) };
    const variants = await alternate(plays, { ...options, isWarm: true });
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
};
