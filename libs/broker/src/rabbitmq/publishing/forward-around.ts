import { retryTiers, type QueueName, type RetryTier } from '@callbus/contracts/topology';
import { asideOf, asideTable, ownHeaders } from '@callbus/contracts/set-aside';
import { undeliveredHeaders } from '@callbus/contracts/undelivered';
import { BrokerUnavailable } from '../../broker.js';
import type { NextStep, StepOn } from '../../next-step.js';
import type { createFullQueues } from './full-queues.js';

/** The factor by which a message may wait longer, rather than be undelivered. */
const longerAtMost = 10;

export interface ForwardAroundOptions {
  readonly publish: (step: NextStep, body: Buffer) => Promise<void>;
  readonly fullQueues: Pick<ReturnType<typeof createFullQueues>, 'isAnyFull' | 'refused'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Publishes next steps. A step for a full retry queue goes into one where it waits longer. When none takes it and one is full, it goes into
 * `undelivered` as `maxlen`. Held in the worker it would take a slot from other tasks.
 */
export function createForwardAround({ publish, fullQueues, now }: ForwardAroundOptions) {
  /** @returns false when the queue has refused the step */
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

/** A message of a newer form, which was given back unchanged, ends unchanged. */
function undeliveredStep({ headers, table }: NextStep, failedAt: number): NextStep {
  const aside = table && asideOf(table);
  if (table !== undefined && aside !== undefined)
    return { queue: 'undelivered', headers, table: asideTable(table, { ...aside, reason: 'newer_format' }) };
  const told = { reason: 'maxlen', failedAt } as const;
  return { queue: 'undelivered', headers: undeliveredHeaders(ownHeaders({ ...headers }), told) };
}
