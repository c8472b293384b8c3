import { medianOf } from '../case.js';
import { runAtFullSpeed } from '../load/full-speed.js';
import { runAtRate } from '../load/at-rate.js';
import type { Traffic } from '../processes/traffic.js';
import { alternate, type Play, type Variant } from '../runs.js';
import { audiences, type Audience, type System } from './system.js';

export const atFullSpeed = 'full speed';
export const atFanOut10 = 'fan-out 10';
export const besideOneThatHangs = 'one hangs';
export const atRate = (ratePerS: number) => `${ratePerS} events/s`;

export const rates: readonly number[] = [200, 500, 1_000, 2_000];
const rateSeconds = 10;
/** Beyond this share of the full speed a backlog may grow, and the latency then depends on the length of the run. */
const steadyShare = 0.8;
const eventsAtFullSpeed = 20_000;
const eventsAtFanOut10 = 2_000;
const hanging = { ratePerS: 50, seconds: 30 };

/** Measures a system that runs, with as many of the works as it has audiences for. */
export async function measure(
  traffic: Traffic,
  system: System,
  options: { rounds: number; share: number; progress: (text: string) => void },
): Promise<Variant[]> {
  const to = (audience: Audience) => ({ ...system.target(audience), processes: system.processes() });
  const forAudience = (audience: Audience, plays: Readonly<Record<string, Play>>) =>
    system.audiences.includes(audience) ? plays : {};

  const fast = await alternate(
    {
      async [atFullSpeed](share) {
        const run = await runAtFullSpeed(traffic, { ...to('fan-out-1'), events: eventsAtFullSpeed * share, fanOut: 1 });
        return { ...run, values: { ...run.values, 'published/s': run.publishedPerS } };
      },
      ...forAudience('fan-out-10', {
        [atFanOut10]: (share) =>
          runAtFullSpeed(traffic, { ...to('fan-out-10'), events: eventsAtFanOut10 * share, fanOut: 10 }),
      }),
    },
    options,
  );

  const most = medianOf(fast, atFullSpeed, 'events/s') * steadyShare;
  const steady = await alternate(
    Object.fromEntries(
      rates
        .filter((ratePerS) => ratePerS <= most)
        .map((ratePerS): [string, Play] => [
          atRate(ratePerS),
          (share) => runAtRate(traffic, { ...to('fan-out-1'), ratePerS, seconds: rateSeconds * share }),
        ]),
    ),
    options,
  );

  // Played last and once, because a receiver that hangs may occupy a system for long.
  const hung = await alternate(
    forAudience('one-hangs', {
      [besideOneThatHangs]: (share) =>
        runAtRate(traffic, {
          ...to('one-hangs'),
          ratePerS: hanging.ratePerS,
          seconds: hanging.seconds * share,
          fanOut: audiences['one-hangs'].length - 1,
        }),
    }),
    { ...options, rounds: 1, isWarm: true },
  );
  return [...fast, ...steady, ...hung];
}
