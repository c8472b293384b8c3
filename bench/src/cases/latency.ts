import { medianRatioOf, type Case } from '../case.js';
import { openBusChain, openChain } from '../load/chain.js';
import { findHalfLoad } from '../load/half-load.js';
import { lowRate, runAtRate } from '../load/at-rate.js';
import { alternate, type Play } from '../runs.js';

const seconds = 8;
/** At this rate the bus rarely has two events in hand at once. */
const fewPerS = 200;

export const latency: Case = {
  name: 'latency',
  what:
    'The time from the moment at which an event is due to be published to its callback, open-loop, at half of the end-to-end ' +
    `maximum of the bus, and at ${fewPerS} events per second. The floor gets the same rates.`,
  async run(stage, options) {
    const chain = await openChain(stage);
    const ratePerS = await findHalfLoad(stage, chain, options.share);
    options.progress(`half load is ${Math.round(ratePerS)} events/s`);
    const atRates = (work: string, ratePerS: number): Record<string, Play> => ({
      [`bus, ${work}`]: (share) => runAtRate(stage, { ...chain.bus(1, 0), ratePerS, seconds: seconds * share }),
      [`floor, ${work}`]: async (share) =>
        runAtRate(stage, { ...(await chain.floor(1, 0)), ratePerS, seconds: seconds * share }),
    });
    const few = `${fewPerS} events/s`;
    const variants = await alternate({ ...atRates('half load', ratePerS), ...atRates(few, fewPerS) }, options);
    const ratio = (work: string, measure: string) =>
      medianRatioOf(variants, [`bus, ${work}`, `floor, ${work}`], measure);
    return {
      variants,
      figures: [
        { name: 'rate of the latency case', value: ratePerS, unit: 'events/s' },
        { name: "p50 end-to-end at half load / floor's", value: ratio('half load', 'p50 ms'), atMost: 1.2 },
        { name: "p99 end-to-end at half load / floor's", value: ratio('half load', 'p99 ms'), atMost: 1.5 },
        { name: `p50 end-to-end at ${few} / floor's`, value: ratio(few, 'p50 ms'), atMost: 1.2 },
      ],
    };
  },
  async openBeside(stage, { checkout }) {
    const { runOf } = await openBusChain(stage, checkout);
    return {
      [`${lowRate.ratePerS} events/s`]: (share) =>
        runAtRate(stage, { ...runOf(1, 0), ...lowRate, seconds: lowRate.seconds * share }),
    };
  },
};
