import type { Statistics } from '@callbus/statistics/statistics';

interface Options {
  readonly statistics: Pick<Statistics, 'totals' | 'isReady'>;
  /** The most replayed events of one subscription that are pending at once. */
  readonly maxPending: number;
}

interface Progress {
  /** How many pending deliveries are not the replay's: it has not sent them, or they have failed again and wait for a retry. */
  floor: number;
  sentAt: number;
}

/** The longest wait of a replay for its subscription, whose earlier events may wait hours for a retry. */
const longestWaitMs = 5_000;
const forgetMs = 60_000;

/**
 * Applies backpressure to a replay that sends events faster than the receiver takes them. Without it these events would
 * be parked, out of order and ahead of live events. While statistics are not available, no replay is delayed.
 */
export function createReplayPressure({ statistics, maxPending }: Options) {
  const replays = new Map<number, Progress>();

  function isCongested(progress: Progress, pending: number): boolean {
    progress.floor = Math.min(progress.floor, pending);
    if (pending - progress.floor <= maxPending) return false;
    if (performance.now() - progress.sentAt < longestWaitMs) return true;
    progress.floor = pending;
    return false;
  }

  function forgetOld(): void {
    for (const [subscription, { sentAt }] of replays)
      if (performance.now() - sentAt > forgetMs) replays.delete(subscription);
  }

  return {
    sent(subscription: number): void {
      const progress = replays.get(subscription) ?? { floor: Infinity, sentAt: 0 };
      progress.sentAt = performance.now();
      replays.set(subscription, progress);
    },

    /** @returns the subscriptions whose replays must wait */
    async congested(): Promise<number[]> {
      forgetOld();
      if (replays.size === 0 || !statistics.isReady()) return [];
      try {
        const totals = await statistics.totals([...replays.keys()]);
        return [...replays]
          .filter(([subscription, progress]) => isCongested(progress, totals.get(subscription)?.pending ?? 0))
          .map(([subscription]) => subscription);
      } catch {
        return [];
      }
    },
  };
}
