import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@callbus/testing/wait-for';
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
/** At first, and twice as many when it is known who hangs: shorter runs differ by a fifth among themselves. */
const events = 16_000;
const seconds = 6;

export const isolation: Case = {
  name: 'isolation',
  what:
    '100 subscriptions with an equal share of the events; 10 of them hang (their time-out is the default, 10 s) against a ' +
    'run in which they answer. Only the callbacks of the other 90 count. At first nobody knows who hangs; then, after some 20 s, ' +
    'their breakers are open. A new bus for each run.',
  async run(stage, options) {
    let halfSpeed = 0;
    const play = (path: string, hang: number) => (share: number) =>
      playOn(stage, {
        path,
        hang,
        share,
        // The first run, in which all answer, says for all of them what half speed is.
        halfOf: (speed) => (halfSpeed ||= speed / 2),
      });
    const plays = { 'all answer': play('/aside', 0), '10 hang': play('/hang', hanging) };
    const variants = await alternate(plays, { ...options, isWarm: true });
    const ratio = (measure: string) =>
      medianOf(variants, '10 hang', measure) / medianOf(variants, 'all answer', measure);
    return {
      variants,
      figures: [
        { name: 'isolation: healthy throughput', value: ratio('events/s'), atLeast: 0.95 },
        { name: 'isolation: healthy throughput at first', value: ratio('events/s at first') },
        { name: 'isolation: healthy p99 at half speed', value: ratio('p99 ms'), atMost: 1.2 },
      ],
    };
  },
};

interface PlayOptions {
  readonly path: string;
  /** So many of them hang. */
  readonly hang: number;
  readonly share: number;
  /** Both in events a second. */
  readonly halfOf: (speed: number) => number;
}

/** At full speed before and after it is known who hangs, then at half speed. */
async function playOn(stage: Stage, { path, hang, share, halfOf }: PlayOptions): Promise<Run> {
  const bus = await stage.startBus();
  await fillSubscriptions(
    bus.databaseUrl,
    Array.from({ length: subscriptions }, (_, event) => `${stage.receiverUrl}${event < hanging ? path : '/at-once'}`),
  );
  const worker = await bus.addWorker();
  const door = { url: `${bus.ingest.url}/api/publish`, processes: stage.processesOf(bus), names };
  const warm = { ...door, events: (events * share) / 4, fanOut: healthyShare };
  await runAtFullSpeed(stage, warm);
  const first = await runAtFullSpeed(stage, { ...warm, events: events * share });
  await waitFor(() => hasOpenLanes(worker.url, hang), { what: `${hang} open breakers`, timeoutMs: 120_000 });
  const full = await runAtFullSpeed(stage, { ...warm, events: 2 * events * share });
  const ratePerS = halfOf(full.values['events/s'] ?? NaN);
  const half = await runAtRate(stage, { ...door, ratePerS, seconds: seconds * share, countedShare: healthyShare });
  await bus.stop();
  return {
    ...full,
    values: { ...full.values, 'events/s at first': first.values['events/s'] ?? NaN, ...half.values },
    lost: first.lost + full.lost + half.lost,
    repeated: first.repeated + full.repeated + half.repeated,
    failed: first.failed + full.failed + half.failed,
  };
}

/** Whether there are so many receivers that the worker does not call for now. Not to be asked all the time. */
async function hasOpenLanes(workerUrl: string, count: number): Promise<boolean> {
  await sleep(200);
  const metrics = await (await fetch(`${workerUrl}/metrics`)).text();
  return metrics.split('\n').some((line) => /^callbus_lanes\{.*state="open"/.test(line) && line.endsWith(` ${count}`));
}
