import type { Statistics } from '@callbus/statistics/statistics';

export interface ReplayPressureOptions {
  readonly statistics: Pick<Statistics, 'totals' | 'isReady'>;
  /** The most replayed events of one subscription that are under way at once. */
  readonly most: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface Flow {
  /** The number of pending deliveries that the replay has not sent, or that failed again and wait for their retry. */
  floor: number;
  sentAt: number;
}

/** A subscription that takes nothing for this long gets the next chunk nevertheless, because earlier events may wait for a retry for hours. */
const patienceMs = 5_000;
const forgetMs = 60_000;

/**
 * Applies backpressure to a replay that sends events faster than the receiver takes them. Without backpressure these events would wait
 * parked, out of order and ahead of live events. Without statistics no replay is delayed.
 */
export function createReplayPressure({ statistics, most, now }: ReplayPressureOptions) {
  const flows = new Map<number, Flow>();

  function isCongested(flow: Flow, pending: number): boolean {
    flow.floor = Math.min(flow.floor, pending);
    if (pending - flow.floor <= most) return false;
    if (now() - flow.sentAt < patienceMs) return true;
    flow.floor = pending;
    return false;
  }

  function forgetOld(): void {
    for (const [subscription, { sentAt }] of flows) if (now() - sentAt > forgetMs) flows.delete(subscription);
  }

  return {
    sent(subscription: number): void {
      const flow = flows.get(subscription) ?? { floor: Infinity, sentAt: 0 };
      flow.sentAt = now();
      flows.set(subscription, flow);
    },

    /** @returns the subscriptions whose replays have to wait */
    async congested(): Promise<number[]> {
      forgetOld();
      if (flows.size === 0 || !statistics.isReady()) return [];
      try {
        const totals = await statistics.totals([...flows.keys()]);
        return [...flows]
          .filter(([subscription, flow]) => isCongested(flow, totals.get(subscription)?.pending ?? 0))
          .map(([subscription]) => subscription);
      } catch {
        return [];
      }
    },
  };
}
