import { BrokerUnavailable, type Broker } from '@callbus/broker/broker';
import type { SubscriptionChange } from '@callbus/contracts/subscription';
import type { PatternLimits } from './patterns.js';
import { toSubscription, type SubscriptionRow } from './subscription-row.js';

/**
 * Tells the workers of a change. It is told, confirmed, before the caller is answered, so that an event published after
 * the answer finds the subscription. All of it throws BrokerUnavailable.
 */
export interface Announce {
  /** Asked before anything is changed: what cannot be announced is better not done. */
  requireOpen(): void;
  saved(row: SubscriptionRow): Promise<void>;
  deleted(id: number, revision: number): Promise<void>;
}

export function createAnnounce(options: {
  broker: Pick<Broker, 'state' | 'announceChange'>;
  limits: PatternLimits;
}): Announce {
  const { broker, limits } = options;

  async function announce(change: SubscriptionChange): Promise<void> {
    try {
      await broker.announceChange(Buffer.from(JSON.stringify(change)));
    } catch (error) {
      // The workers list everything again within a minute, so that it takes effect all the same.
      throw new BrokerUnavailable(`committed, but not announced: ${String(error)}`);
    }
  }
  return {
    requireOpen() {
      const state = broker.state();
      if (state !== 'open') throw new BrokerUnavailable(`the broker is ${state}`);
    },
    saved: (row) => announce({ kind: 'saved', subscription: toSubscription(row, limits) }),
    deleted: (id, revision) => announce({ kind: 'deleted', id, revision }),
  };
}
