import { retryTiers, type QueueName, type RetryTier } from '@callbus/contracts/messages/topology';
import { asideOf, asideTable, ownHeaders } from '@callbus/contracts/messages/set-aside';
import { undeliveredHeaders } from '@callbus/contracts/deliveries/undelivered';
import { BrokerUnavailable } from '../../broker.js';
import type { NextStep, StepOn } from '../../next-step.js';
import type { FullQueues } from './full-queues.js';

/** When its retry queue is full, a message may wait longer by up to this factor. */
const longerAtMost = 10;

export interface ForwardAroundOptions {
  readonly publish: (step: NextStep, body: Buffer) => Promise<void>;
  readonly fullQueues: Pick<FullQueues, 'isAnyFull' | 'refused'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Publishes next steps around full retry queues. A step that its retry queue refuses goes into a queue with a longer delay. When every such
 * queue refuses the step and any queue is known to be full, the step becomes undelivered as `maxlen`. It is not held in the worker, where it
 * would take a slot from other messages.
 */
export function createForwardAround({ publish, fullQueues, now }: ForwardAroundOptions) {
  /** @returns false when the retry queue has refused the step */
  async function isTaken(step: StepOn, tier: RetryTier, body: Buffer): Promise<boolean> {
    try {
      await publish({ ...step, after: tier }, body);
      return true;
    } catch (error) {
      if (!(error instanceof BrokerUnavailable) || error.fault !== 'nacked') throw error;
      fullQueues.refused(nameOf(tier));
      return false;
    }
  }

  return async (step: NextStep, body: Buffer): Promise<void> => {
    if (step.after === undefined) return publish(step, body);
    const { after } = step;
    const tiers = retryTiers.filter(
      ({ delayMs }) => delayMs >= after.delayMs && delayMs <= longerAtMost * after.delayMs,
    );
    for (const tier of tiers) if (await isTaken(step, tier, body)) return;
    if (!fullQueues.isAnyFull()) throw new BrokerUnavailable('the retry queues refuse the message');
    await publish(undeliveredStep(step, now()), body);
  };
}

function nameOf({ name }: RetryTier): QueueName {
  return `retry.${name}`;
}

/** A message of a newer format that is given back ends as `newer_format`, unchanged. */
function undeliveredStep({ headers, table }: NextStep, failedAt: number): NextStep {
  const aside = table && asideOf(table);
  if (table !== undefined && aside !== undefined)
    return { queue: 'undelivered', headers, table: asideTable(table, { ...aside, reason: 'newer_format' }) };
  const ending = { reason: 'maxlen', failedAt } as const;
  return { queue: 'undelivered', headers: undeliveredHeaders(ownHeaders({ ...headers }), ending) };
}
