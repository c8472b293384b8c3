import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../case.js';
import { nowUs } from '../clock.js';
import { lowRate, runAtRate, type AtRate } from '../load/at-rate.js';
import { openBusChain, openChain, type BusChain } from '../load/chain.js';
import { findHalfLoad } from '../load/half-load.js';
import { sampleCpu } from '../processes/cpu-samples.js';
import type { Stage } from '../processes/stage.js';
import type { Program } from '../processes/program.js';
import type { Pause, PauseCommands } from '../programs/pauses.js';
import type { Sending } from '../programs/load.js';
import type { Arrival } from '../programs/receiver.js';
import { median } from '../quantiles.js';
import { toVariant, type Run } from '../runs.js';

const seconds = 8;
const rounds = 3;
/** Events of usual age whose traces are read, for comparison. */
const usualEvents = 200;
/** Workers write traces with a delay. */
const tracesMs = 1_000;

export const tail: Case = {
  name: 'tail',
  what:
    'Where the slowest 1 % of the callbacks waited, at half of the end-to-end maximum of the bus, beside events of usual age (the ' +
    'middle fifth): the median time of each step, and the share of the events during which a process collected garbage or stalled.',
  async run(stage, options) {
    const chain = await openChain(stage);
    const ratePerS = await findHalfLoad(stage, chain, options.share);
    const length = { ratePerS, seconds: seconds * options.share };
    const played: Parts[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      played.push({
        ...(await runInSteps(stage, 'bus', { ...chain.bus(1, 0), ...length }, chain.opened)),
        ...(await runInSteps(stage, 'floor', { ...(await chain.floor(1, 0)), ...length })),
      });
      options.progress(`${round}/${rounds} at ${Math.round(length.ratePerS)} events/s`);
    }
    const names = Object.keys(played[0] ?? {});
    return {
      variants: names.map((name) =>
        toVariant(
          name,
          played.map((parts) => parts[name]).filter((run) => run !== undefined),
        ),
      ),
      figures: [],
    };
  },
  async openBeside(stage, { checkout }) {
    const chain = await openBusChain(stage, checkout);
    const play = async (share: number) => {
      const length = { ...lowRate, seconds: lowRate.seconds * share };
      const parts = await runInSteps(stage, 'bus', { ...chain.runOf(1, 0), ...length }, chain);
      return parts['bus, slowest'] as Run;
    };
    return { [`slowest at ${lowRate.ratePerS} events/s`]: play };
  },
};

type Parts = Readonly<Record<string, Run>>;

/** @param chain whose steps and pauses are looked at; the floor has none */
async function runInSteps(stage: Stage, name: string, options: AtRate, chain?: BusChain): Promise<Parts> {
  const watched: Record<string, Program<PauseCommands>> = {
    load: stage.load,
    receiver: stage.receiver,
    ...(chain && { ingest: chain.bus.ingest, worker: chain.worker }),
  };
  for (const program of Object.values(watched)) {
    await program.ask('watchPauses');
    await program.ask('takePauses');
  }
  await stage.receiver.ask('keepArrivals');
  const sampled = sampleCpu(options.processes);
  const run = await runAtRate(stage, options);
  const cpuIn = sampled();
  const arrivals = (await stage.receiver.ask('arrivals')).toSorted((one, other) => ageOf(one) - ageOf(other));
  const pauses: Record<string, readonly Pause[]> = {};
  for (const [process, program] of Object.entries(watched)) pauses[process] = await program.ask('takePauses');
  const sendings: readonly Sending[] = await stage.load.ask('sendings');
  const first = Math.min(...arrivals.map(({ sequence }) => sequence));
  await sleep(tracesMs);

  async function partOf(part: readonly Arrival[]): Promise<Run> {
    const steps: Record<string, number>[] = [];
    for (const arrival of part) {
      const { sentUs = NaN, answeredUs = NaN } = sendings[arrival.sequence - first] ?? {};
      const worked = chain && arrival.eventId !== undefined ? await timesOf(chain, arrival.eventId) : undefined;
      steps.push({
        'age ms': ageOf(arrival),
        'due to sent ms': (sentUs - arrival.dueUs) / 1_000,
        'sent to answered ms': (answeredUs - sentUs) / 1_000,
        ...(worked && {
          'sent to received ms': (worked.receivedUs - sentUs) / 1_000,
          'received to attempt ms': (worked.attemptUs - worked.receivedUs) / 1_000,
          'attempt to callback ms': (arrival.arrivedUs - worked.attemptUs) / 1_000,
        }),
      });
    }
    const measures = Object.keys(steps[0] ?? {});
    return {
      ...run,
      values: {
        ...Object.fromEntries(measures.map((measure) => [measure, median(steps.map((step) => step[measure] ?? NaN))])),
        ...sharesInPauses(part, pauses),
        ...Object.fromEntries(
          Object.entries(cpuIn(part.map(({ dueUs, arrivedUs }) => ({ fromUs: dueUs, toUs: arrivedUs })))).map(
            ([process, percent]) => [`CPU ${process} %`, percent],
          ),
        ),
      },
    };
  }
  const slowest = arrivals.slice(Math.floor(0.99 * arrivals.length));
  const middle = arrivals.slice(Math.floor(0.4 * arrivals.length), Math.ceil(0.6 * arrivals.length));
  const every = Math.max(1, Math.floor(middle.length / usualEvents));
  return {
    [`${name}, usual`]: await partOf(middle.filter((_, index) => index % every === 0)),
    [`${name}, slowest`]: await partOf(slowest),
  };
}

function ageOf({ arrivedUs, dueUs }: Arrival): number {
  return (arrivedUs - dueUs) / 1_000;
}

/** The share of the arrivals between whose due time and callback a process collected garbage or stalled, in percent. */
function sharesInPauses(part: readonly Arrival[], pauses: Readonly<Record<string, readonly Pause[]>>) {
  const kinds = { collection: 'collects', stall: 'stalls' } as const;
  return Object.fromEntries(
    Object.entries(pauses).flatMap(([process, all]) =>
      Object.entries(kinds).map(([kind, verb]) => {
        const such = all.filter((pause) => pause.kind === kind);
        const hit = part.filter(({ dueUs, arrivedUs }) =>
          such.some(({ fromUs, toUs }) => fromUs < arrivedUs && toUs > dueUs),
        );
        return [`${process} ${verb} %`, (hit.length / part.length) * 100];
      }),
    ),
  );
}

/** Times of a delivered event, from its trace, which has milliseconds of the wall clock. */
async function timesOf(
  { bus }: BusChain,
  eventId: string,
): Promise<{ receivedUs: number; attemptUs: number } | undefined> {
  const answer = await fetch(`${bus.subscription.url}/api/v3/event/trace/0/${eventId}`);
  if (!answer.ok) return undefined;
  const { data } = (await answer.json()) as {
    data: { received_at: string; subscriptions: { attempts: { at: string; duration_ms: number }[] }[] };
  };
  const [attempt] = data.subscriptions[0]?.attempts ?? [];
  if (attempt === undefined) return undefined;
  const monotonicUs = (wallMs: number) => (wallMs - Date.now()) * 1_000 + nowUs();
  return {
    receivedUs: monotonicUs(Date.parse(data.received_at)),
    // An attempt is recorded when it ends.
    attemptUs: monotonicUs(Date.parse(attempt.at) - attempt.duration_ms),
  };
}
