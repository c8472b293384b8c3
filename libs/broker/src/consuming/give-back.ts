import { newestFormat } from '@callbus/contracts/messages/message-format';
import { defaultRetrySchedule, giveBackTiersOf } from '@callbus/contracts/deliveries/retry-schedule';
import { asideOf, asideTable, deathOf } from '@callbus/contracts/messages/set-aside';
import type { RetryTier, WorkQueue } from '@callbus/contracts/messages/topology';
import type { Logger } from 'pino';
import type { ReceivedMessage } from '../broker.js';
import type { NextStep } from '../next-step.js';

/** A message is given back at most this often. The broker's limit of 20 returns does not count returns through a retry queue. */
const mostReturns = 10;

export interface GiveBackOptions {
  readonly queue: WorkQueue;
  /** The retry tier of each return. The last one applies to all further returns. */
  readonly tiers?: readonly RetryTier[] | undefined;
  readonly logger: Logger;
}

/**
 * Decides on messages that no handler of this process can read. A message of a newer format waits in a retry queue, where it takes no slot of
 * a worker, and may then reach a worker that reads its format. After the last return it becomes undelivered, unchanged.
 *
 * @returns the next step; undefined for a message that has to be handled
 */
export function createGiveBack({ queue, tiers = giveBackTiersOf(defaultRetrySchedule), logger }: GiveBackOptions) {
  const reported = new Set<number>();

  function report(format: number): void {
    if (reported.has(format)) return;
    reported.add(format);
    logger.error(
      { queue, format, newest: newestFormat },
      'messages of a newer format are given back: another version is writing them (docs/operations/upgrade.md)',
    );
  }

  return ({ headers, format = 1, table = headers }: ReceivedMessage): NextStep | undefined => {
    const aside = asideOf(headers);
    // Every retry queue leads to `deliveries`, so a message of `undelivered` comes back by way of `deliveries`.
    if (queue === 'deliveries' && aside?.queue === 'undelivered') return { queue: 'undelivered', headers, table };
    if (format <= newestFormat) return undefined;
    report(format);
    const { queue: from, returns, reason } = aside ?? { queue: deathOf(headers)?.queue ?? queue, returns: 0 };
    const after = tiers[Math.min(returns, tiers.length - 1)];
    if (returns < mostReturns && reason === undefined && after !== undefined)
      return { queue: 'deliveries', after, headers, table: asideTable(table, { queue: from, returns: returns + 1 }) };
    if (queue === 'undelivered') return undefined;
    return {
      queue: 'undelivered',
      headers,
      table: asideTable(table, { queue: from, returns, reason: 'newer_format' }),
    };
  };
}
