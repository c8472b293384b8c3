import { MessageTooLarge } from '../../broker.js';
import type { NextStep } from '../../next-step.js';
import type { Observers } from '../../observing/observers.js';
import type { Names } from '../topology/topology.js';
import type { FullQueues } from './full-queues.js';
import type { Publisher } from './publisher.js';

export interface PublishStepOptions {
  readonly publisher: Pick<
    Publisher,
    'isFull' | 'untilFree' | 'probe' | 'publishMessage' | 'publishInOrder' | 'publishToFull'
  >;
  readonly names: Names;
  readonly fullQueues: Pick<FullQueues, 'isFull'>;
  readonly observers: Pick<Observers, 'forwarded'>;
}

/** Publishes a next step, in several messages when its headers are too long for one. */
export function createPublishStep({ publisher, names, fullQueues, observers }: PublishStepOptions) {
  return async function publishStep(step: NextStep, body: Buffer): Promise<void> {
    try {
      await observers.forwarded(publish(step, body), step);
    } catch (error) {
      if (!(error instanceof MessageTooLarge) || step.halve === undefined) throw error;
      const halves = step.halve(step.headers);
      if (halves.length === 0) throw error;
      await Promise.all(halves.map((headers) => publishStep({ ...step, headers }, body)));
    }
  };

  /**
   * Waits for capacity instead of rejecting, because one event may need more messages than may be unconfirmed at once. After a silence the
   * broker is probed first: it may still take a message that was sent during an alarm when the alarm is over.
   */
  async function publish(step: NextStep, body: Buffer): Promise<void> {
    const { queue, after, table } = step;
    const headers: object = step.headers;
    while (publisher.isFull()) await publisher.untilFree();
    const probing = publisher.probe();
    if (probing !== undefined) await probing;
    const routingKey = after ? names.retryQueue(after) : names.queue(queue);
    if (queue === 'deliveries' && !after) return publisher.publishInOrder(routingKey, headers, body, table);
    const isFull = after !== undefined && fullQueues.isFull(`retry.${after.name}`);
    return publisher[isFull ? 'publishToFull' : 'publishMessage'](routingKey, headers, body, table);
  }
}
