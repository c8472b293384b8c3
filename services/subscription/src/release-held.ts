import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@callbus/broker/broker';
import { readDeliveryHeaders } from '@callbus/contracts/delivery-task';
import type { Logger } from '@callbus/runtime/logger';
import type { Statistics } from '@callbus/statistics/statistics';
import { inTransaction, type Pool } from './database.js';

export interface ReleaseOptions {
  readonly pool: Pool;
  readonly broker: Pick<Broker, 'state' | 'publishDelivery'>;
  readonly statistics: Pick<Statistics, 'count'>;
  readonly logger: Logger;
}

export interface Release {
  /** Looks at once; without being told it looks now and then. */
  soon(): void;
  stop(): Promise<void>;
}

/** A worker that has not heard of the change yet holds a task after its subscription was enabled. */
const intervalMs = 15_000;
const batchSize = 100;

/** Sends the deliveries that were held back to their queue once their subscription is enabled, oldest first. */
export function releaseHeld(options: ReleaseOptions): Release {
  const { broker, statistics, logger } = options;
  let isStopped = false;
  let wake = new AbortController();

  async function releaseAll(): Promise<void> {
    let released: number[];
    do {
      released = broker.state() === 'open' ? await releaseBatch(options) : [];
      for (const subscription of released) {
        statistics.count(subscription, 'undelivered', -1);
        statistics.count(subscription, 'pending');
      }
    } while (released.length > 0 && !isStopped);
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      wake = new AbortController();
      await releaseAll().catch((error: unknown) => logger.warn({ err: error }, 'held deliveries stay held for now'));
      await sleep(intervalMs, undefined, { signal: wake.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    soon: () => wake.abort(),
    stop() {
      isStopped = true;
      wake.abort();
      return running;
    },
  };
}

/**
 * Their rows go only when the broker has them: in between a crash makes duplicates, not losses. Replicas pass over each
 * other's rows.
 *
 * @returns the subscription of each
 */
function releaseBatch({ pool, broker }: ReleaseOptions): Promise<number[]> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<HeldRow>(
      `SELECT undelivered.id, undelivered.headers, undelivered.body
       FROM undelivered JOIN subscriptions ON subscriptions.id = undelivered.subscription_id
       WHERE undelivered.reason = 'held' AND subscriptions.enabled
       ORDER BY undelivered.id LIMIT $1 FOR UPDATE OF undelivered SKIP LOCKED`,
      [batchSize],
    );
    const deliveries = rows.map(({ headers, body }) => {
      const task = readDeliveryHeaders(headers);
      if (task === undefined) throw new Error('a held delivery has headers that nobody can read');
      return { headers: task, body };
    });
    await Promise.all(deliveries.map((delivery) => broker.publishDelivery(delivery)));
    await client.query('DELETE FROM undelivered WHERE id = ANY ($1)', [rows.map(({ id }) => id)]);
    return deliveries.map(({ headers }) => headers.subscription);
  });
}

interface HeldRow {
  readonly id: number;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}
