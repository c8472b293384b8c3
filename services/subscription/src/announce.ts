import { BrokerUnavailable, type Broker } from '@callbus/broker/broker';
import type { SubscriptionChange } from '@callbus/contracts/subscription';
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

export function createAnnounce(broker: Pick<Broker, 'state' | 'announceChange'>): Announce {
  const announce = (change: SubscriptionChange) => broker.announceChange(Buffer.from(JSON.stringify(change)));
  return {
    requireOpen() {
      const state = broker.state();
      if (state !== 'open') throw new BrokerUnavailable(`the broker is ${state}`);
    },
    saved: (row) => announce({ kind: 'saved', subscription: toSubscription(row) }),
    deleted: (id, revision) => announce({ kind: 'deleted', id, revision }),
  };
}
