import { medianOf, type Case } from '../case.js';
import { openBusChain, openChain } from '../load/chain.js';
import { runAtFullSpeed } from '../load/full-speed.js';
import { lowRate, runAtRate } from '../load/at-rate.js';
import { alternate } from '../runs.js';

const calibrationEvents = 8_000;
const seconds = 8;

export const latency: Case = {
  name: 'latency',
  what:
    'The time from the moment at which an event is due to be published to its callback, open-loop, at half of the end-to-end ' +
    'maximum of the bus. The floor gets the same rate.',
  async run(stage, options) {
    const chain = await openChain(stage);
    // The first run warms up.
    let most = 0;
    for (let run = 0; run < 2; run += 1) {
      const calibration = await runAtFullSpeed(stage, chain.bus(1, calibrationEvents * options.share));
      most = calibration.values['events/s'] ?? 0;
    }
    options.progress(`at most ${Math.round(most)} events/s`);
    const ratePerS = most / 2;
    const variants = await alternate(
      {
        bus: (share) => runAtRate(stage, { ...chain.bus(1, 0), ratePerS, seconds: seconds * share }),
        floor: async (share) => runAtRate(stage, { ...(await chain.floor(1, 0)), ratePerS, seconds: seconds * share }),
      },
      options,
    );
    return {
      variants,
      figures: [
        { name: 'rate of the latency case', value: ratePerS, unit: 'events/s' },
        {
          name: "p99 end-to-end at half load / floor's",
          value: medianOf(variants, 'bus', 'p99 ms') / medianOf(variants, 'floor', 'p99 ms'),
          atMost: 2.5,
        },
      ],
    };
  },
  async openBeside(stage, { checkout }) {
    const chain = await openBusChain(stage, checkout);
    return {
      [`${lowRate.ratePerS} events/s`]: (share) =>
        runAtRate(stage, { ...chain(1, 0), ...lowRate, seconds: lowRate.seconds * share }),
    };
  },
};
