import { medianRatioOf, type Case } from '../case.js';
import { runAtFullSpeed } from '../load/full-speed.js';
import { alternate } from '../runs.js';
import { openBusChain, openChain } from '../load/chain.js';

const eventsAtFanOut1 = 12_000;
const eventsAtFanOut10 = 2_000;
const beside = { eventsAtFanOut1: 5_000, eventsAtFanOut10: 700 };

export const endToEnd: Case = {
  name: 'end-to-end',
  what:
    'From `/api/publish` to the callback at full speed, each event to one subscription and to ten. The batching floor lets up to 64 ' +
    'events share a message.',
  async run(stage, options) {
    const chain = await openChain(stage);
    const variants = await alternate(
      {
        'bus, fan-out 1': (share) => runAtFullSpeed(stage, chain.bus(1, eventsAtFanOut1 * share)),
        'floor, fan-out 1': async (share) => runAtFullSpeed(stage, await chain.floor(1, eventsAtFanOut1 * share)),
        'batching floor, fan-out 1': async (share) =>
          runAtFullSpeed(stage, await chain.floor(1, eventsAtFanOut1 * share, '/together')),
        'bus, fan-out 10': (share) => runAtFullSpeed(stage, chain.bus(10, eventsAtFanOut10 * share)),
        'floor, fan-out 10': async (share) => runAtFullSpeed(stage, await chain.floor(10, eventsAtFanOut10 * share)),
      },
      options,
    );
    const ratioAt = (fanOut: number) =>
      medianRatioOf(variants, [`bus, fan-out ${fanOut}`, `floor, fan-out ${fanOut}`], 'events/s');
    return {
      variants,
      figures: [
        { name: 'end-to-end / floor chain, fan-out 1', value: ratioAt(1), atLeast: 1.35 },
        { name: 'end-to-end / floor chain, fan-out 10', value: ratioAt(10), atLeast: 0.85 },
      ],
    };
  },
  async openBeside(stage, { checkout }) {
    const { runOf } = await openBusChain(stage, checkout);
    return {
      'fan-out 1': (share) => runAtFullSpeed(stage, runOf(1, beside.eventsAtFanOut1 * share)),
      'fan-out 10': (share) => runAtFullSpeed(stage, runOf(10, beside.eventsAtFanOut10 * share)),
    };
  },
};
