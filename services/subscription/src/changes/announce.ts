import { BrokerUnavailable, type Broker } from '@callbus/broker/broker';
import type { SubscriptionChange } from '@callbus/contracts/subscriptions/subscription';
import type { PatternLimits } from '../subscriptions/patterns.js';
import { toSubscription } from '../subscriptions/row.js';
import type { Change } from './unsettled-changes.js';

/**
 * Announces changes to the workers. The caller is answered after the broker has confirmed the announcement, so that an
 * event that is published after the answer finds the subscription.
 */
export interface Announce {
  isOpen(): boolean;
  /** Call it before a change, because a change that cannot be announced must not be made. @throws BrokerUnavailable */
  requireOpen(): void;
  /** @param epoch the epoch of the change @throws BrokerUnavailable */
  change(change: Change, epoch: number): Promise<void>;
}

export function createAnnounce(options: {
  broker: Pick<Broker, 'state' | 'announceChange'>;
  limits: PatternLimits;
}): Announce {
  const { broker, limits } = options;

  const subscriptionChange = (change: Change, epoch: number): SubscriptionChange =>
    change.kind === 'saved'
      ? { kind: 'saved', subscription: toSubscription(change.row, limits), epoch }
      : { kind: 'deleted', id: change.id, revision: change.revision, epoch };

  return {
    isOpen: () => broker.state() === 'open',
    requireOpen() {
      const state = broker.state();
      if (state !== 'open') throw new BrokerUnavailable(`the broker is ${state}`);
    },
    async change(change, epoch) {
      try {
        await broker.announceChange(Buffer.from(JSON.stringify(subscriptionChange(change, epoch))));
      } catch (error) {
        throw new BrokerUnavailable(`committed, but not announced: ${String(error)}`);
      }
    },
  };
}
