import { isPattern } from '@callbus/contracts/subscriptions/pattern';
import type pg from 'pg';
import { Fault } from '../http/errors.js';
import type { Limits } from './limits.js';
import type { QuotaMetrics, QuotaName } from '@callbus/runtime/observability/quota-metrics';
import { reasonFor } from '../http/reasons.js';
import { keysOf, lockAccount, replaysOf, subscriptionsOf } from './usage.js';
import type { Definition, SubscriptionRow } from '../subscriptions/row.js';

/**
 * Checks the quotas of an account. Each check returns a fault when a quota is used up, and runs in the transaction that
 * adds something.
 */
export interface Quotas {
  forCreate(client: pg.ClientBase, account: string, definition: Definition): Promise<Fault | undefined>;
  /** Call it with the account locked. */
  forUpdate(client: pg.ClientBase, stored: SubscriptionRow, definition: Definition): Promise<Fault | undefined>;
  forReplay(client: pg.ClientBase, account: string): Promise<Fault | undefined>;
  forKey(client: pg.ClientBase, account: string): Promise<Fault | undefined>;
}

/** A refused replay can start when one of the running replays has ended. */
const replayRetryAfterS = 5;

export function createQuotas(options: { limits: Limits; metrics: Pick<QuotaMetrics, 'refused'> }): Quotas {
  const { limits, metrics } = options;
  const maxPatternBytes = limits.patternBytes;

  function refuse(quota: QuotaName, limit: number, retryAfterS?: number): Fault {
    metrics.refused(quota);
    const reason = reasonFor(`quota.${quota}`, { limit });
    return new Fault('quotaUsedUp', { reason, retryAfterS });
  }

  return {
    async forCreate(client, account, definition) {
      if (definition.eventNames.length > limits.names) return refuse('names', limits.names);
      await lockAccount(client, account);
      const used = await subscriptionsOf(client, account, { maxPatternBytes });
      if (used.subscriptions >= limits.subscriptions) return refuse('subscriptions', limits.subscriptions);
      if (used.subscriptionBytes + bytesOf(definition) > limits.subscriptionBytes)
        return refuse('subscription_bytes', limits.subscriptionBytes);
      if (used.patternBytes + patternBytesOf(definition) > limits.accountPatternBytes)
        return refuse('pattern_bytes', limits.accountPatternBytes);
      return undefined;
    },

    async forUpdate(client, { id, account, eventNames }, definition) {
      // A subscription that does not grow may always be changed.
      const isBeyond = (before: number, after: number, limit: number) => after > before && after > limit;
      if (isBeyond(eventNames.length, definition.eventNames.length, limits.names)) return refuse('names', limits.names);
      const [all, others] = [
        await subscriptionsOf(client, account, { maxPatternBytes }),
        await subscriptionsOf(client, account, { maxPatternBytes, except: id }),
      ];
      const bytes = others.subscriptionBytes + bytesOf(definition);
      if (isBeyond(all.subscriptionBytes, bytes, limits.subscriptionBytes))
        return refuse('subscription_bytes', limits.subscriptionBytes);
      const patternBytes = others.patternBytes + patternBytesOf(definition);
      if (isBeyond(all.patternBytes, patternBytes, limits.accountPatternBytes))
        return refuse('pattern_bytes', limits.accountPatternBytes);
      return undefined;
    },

    async forReplay(client, account) {
      await lockAccount(client, account);
      const replays = await replaysOf(client, account);
      return replays >= limits.replays ? refuse('replays', limits.replays, replayRetryAfterS) : undefined;
    },

    async forKey(client, account) {
      await lockAccount(client, account);
      return (await keysOf(client, account)) >= limits.keys ? refuse('keys', limits.keys) : undefined;
    },
  };
}

/** Approximates the number of bytes that the database will count. */
function bytesOf(definition: Definition): number {
  return Buffer.byteLength(JSON.stringify({ ...definition, secret: undefined }));
}

function patternBytesOf({ eventNames }: Definition): number {
  return eventNames.filter(isPattern).reduce((bytes, name) => bytes + Buffer.byteLength(name), 0);
}
