import { retryTiers, type QueueName, type RetryTier } from '@callbus/contracts/topology';
import { asideOf, asideTable, ownHeaders } from '@callbus/contracts/set-aside';
import { undeliveredHeaders } from '@callbus/contracts/undelivered';
import { BrokerUnavailable } from '../../broker.js';
import type { NextStep, StepOn } from '../../next-step.js';
import type { createFullQueues } from './full-queues.js';

/** A message may wait so many times as long as it was to, rather than be undelivered. */
const longerAtMost = 10;

export interface ForwardAroundOptions {
  readonly publish: (step: NextStep, body: Buffer) => Promise<void>;
  readonly fullQueues: Pick<ReturnType<typeof createFullQueues>, 'isAnyFull' | 'refused'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Publishes next steps, those that are to wait around the retry queues that are full: into one where they wait longer, or, when none
 * takes them and one is full, into `undelivered` as `maxlen`. Held in the worker they would take the place of others.
 */
export function createForwardAround({ publish, fullQueues, now }: ForwardAroundOptions) {
  /** @returns false when the queue has refused it */
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

/** One of a newer form, which is given back as it came, ends here as it came. */
function undeliveredStep({ headers, table }: NextStep, failedAt: number): NextStep {
  const aside = table && asideOf(table);
  if (table !== undefined && aside !== undefined)
    return { queue: 'undelivered', headers, table: asideTable(table, { ...aside, reason: 'newer_format' }) };
  const told = { reason: 'maxlen', failedAt } as const;
  return { queue: 'undelivered', headers: undeliveredHeaders(ownHeaders({ ...headers }), told) };
}
