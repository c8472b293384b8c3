import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@callbus/broker/broker';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Pool } from '../database/pool.js';
import { runLoop, type Step } from '../loop.js';
import { replayChunk } from './replay-chunk.js';
import { createReplayPressure } from './replay-pressure.js';
import { insertReleases } from './replays.js';

export interface RunReplaysOptions {
  readonly pool: Pool;
  readonly broker: Pick<Broker, 'state' | 'publishDelivery'>;
  readonly statistics: Pick<Statistics, 'count' | 'totals' | 'isReady'>;
  /** Events per second of this process, over all jobs. */
  readonly rate: number;
  readonly logger: Logger;
  readonly now: () => number;
}

export interface Replays {
  /** Looks for work at once. Otherwise it looks every second. */
  wake(): void;
  /** Resolves when the chunk under way is settled. */
  stop(): Promise<void>;
}

/** The interval at which a process looks for jobs, also for those of a killed process. */
const idleMs = 1_000;
/** A worker that has not received the change yet may hold a delivery after its subscription was enabled. */
const releaseIntervalMs = 5_000;
/** Small, so that live events do not wait behind a chunk for long. */
const chunkMs = 200;
const chunkMaxRows = 200;
/** Chunks of one subscription under way at once. */
const chunksOnTheWay = 2;
const congestedMs = 50;

/** Runs replay jobs, and creates jobs for the held events of subscriptions that were enabled. */
export function runReplays(options: RunReplaysOptions): Replays {
  const { pool, broker, statistics, rate, logger, now } = options;
  const size = Math.min(Math.max(Math.round((rate * chunkMs) / 1_000), 1), chunkMaxRows);
  const pressure = createReplayPressure({ statistics, most: chunksOnTheWay * size, now: () => performance.now() });
  let lookForHeldAt = 0;

  /** @returns whether there was work */
  async function takeTurn({ noteFailure }: Step): Promise<boolean> {
    if (broker.state() !== 'open') return false;
    if (performance.now() >= lookForHeldAt) {
      lookForHeldAt = performance.now() + releaseIntervalMs;
      // This affects an account with more held events than can be counted in time, but no other account.
      await insertReleases(pool).catch(noteFailure);
    }
    const start = performance.now();
    const congested = await pressure.congested();
    const chunk = await replayChunk({ pool, broker, size, except: congested, now });
    if (chunk === undefined) {
      if (congested.length > 0) await sleep(congestedMs);
      return congested.length > 0;
    }
    const { subscription, replayed } = chunk;
    pressure.sent(subscription);
    statistics.count(subscription, 'undelivered', -replayed);
    statistics.count(subscription, 'pending', replayed);
    await sleep(Math.max((replayed / rate) * 1_000 - (performance.now() - start), 0));
    return true;
  }

  const loop = runLoop({
    step: takeTurn,
    pauseMs: idleMs,
    failure: 'undelivered events stay where they are for now',
    logger,
  });
  return {
    wake() {
      lookForHeldAt = 0;
      loop.wake();
    },
    stop: () => loop.stop(),
  };
}
