import type { Statistics } from '@callbus/statistics/statistics';

export interface ReplayPressureOptions {
  readonly statistics: Pick<Statistics, 'totals' | 'isReady'>;
  /** Events of one subscription that may be on their way again at once. */
  readonly most: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

interface Flow {
  /** Of what is pending, what the replay has not sent, or what failed again and waits for its retry. */
  floor: number;
  sentAt: number;
}

/** Whoever takes nothing for so long gets the next chunk all the same: what went before may wait for a retry, for hours. */
const patienceMs = 5_000;
const forgetMs = 60_000;

/**
 * Holds a replay back whose events are not taken as fast as they are sent. They would only wait elsewhere: parked, out of
 * order, and before the live ones. Without figures nothing is held back.
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

    /** @returns the subscriptions that are to get nothing for now */
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
