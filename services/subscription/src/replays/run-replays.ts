import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@callbus/broker/broker';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import type { Pool } from '../database/pool.js';
import { runLoop, type Step } from '../loop.js';
import { replayChunk } from './replay-chunk.js';
import { createReplayPressure } from './replay-pressure.js';
import { insertReleases } from './replays.js';

interface Options {
  readonly pool: Pool;
  readonly broker: Pick<Broker, 'state' | 'publishDelivery'>;
  readonly statistics: Pick<Statistics, 'count' | 'totals' | 'isReady'>;
  /** Events per second of this process, over all jobs. */
  readonly rate: number;
  readonly logger: Logger;
}

export interface Replays {
  /** Looks for work at once, without waiting for the end of the pause. */
  wake(): void;
  /** Resolves when the current chunk is settled. */
  stop(): Promise<void>;
}

/** The interval at which a process looks for jobs, which include those of a killed process. */
const idleMs = 1_000;
/** Releases are repeated, because a worker that has not received the change yet may hold a delivery of an enabled subscription. */
const releaseIntervalMs = 5_000;
/** Short, so that live events do not wait long behind a chunk. */
const chunkMs = 200;
const chunkMaxRows = 200;
/** The most chunks of one subscription that are pending at once. */
const chunksPending = 2;
const congestedMs = 50;

/** Runs replay jobs, and creates jobs that release the held events of enabled subscriptions. */
export function runReplays(options: Options): Replays {
  const { pool, broker, statistics, rate, logger } = options;
  const size = Math.min(Math.max(Math.round((rate * chunkMs) / 1_000), 1), chunkMaxRows);
  const pressure = createReplayPressure({ statistics, maxPending: chunksPending * size });
  let lookForHeldAt = 0;

  /** @returns whether there was work */
  async function takeTurn({ noteFailure }: Step): Promise<boolean> {
    if (broker.state() !== 'open') return false;
    if (performance.now() >= lookForHeldAt) {
      lookForHeldAt = performance.now() + releaseIntervalMs;
      // An account with too many held events to count in time fails here. Jobs of other accounts continue.
      await insertReleases(pool).catch(noteFailure);
    }
    const start = performance.now();
    const congested = await pressure.congested();
    const chunk = await replayChunk({ pool, broker, size, except: congested });
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
    failure: 'undelivered events cannot be replayed',
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
