import { newestFormat } from '@callbus/contracts/message-format';
import { asideOf, asideTable, deathOf } from '@callbus/contracts/set-aside';
import { tierFor, type WorkQueue } from '@callbus/contracts/topology';
import type { Logger } from 'pino';
import type { ReceivedMessage } from '../broker.js';
import type { NextStep } from '../next-step.js';

/** The most times that a message is given back. The broker's limit of 20 returns does not count returns through a retry queue. */
const mostReturns = 10;
/** The longest wait, whatever the schedule says, because a release takes only minutes. */
const longestDelayMs = 5 * 60_000;

export interface GiveBackOptions {
  readonly queue: WorkQueue;
  /** The delay after each return. The last one applies to all further returns. */
  readonly delaysMs: readonly number[];
  readonly logger: Logger;
}

/**
 * Decides on messages that no handler of this process can handle. A message of a newer form waits in a retry queue, outside of every
 * prefetch, and may then reach a worker that knows its form. After the last return the message is undelivered, unchanged.
 *
 * @returns the next step; undefined when the message has to be handled
 */
export function createGiveBack({ queue, delaysMs, logger }: GiveBackOptions) {
  const noted = new Set<number>();

  function note(format: number): void {
    if (noted.has(format)) return;
    noted.add(format);
    logger.error(
      { queue, format, newest: newestFormat },
      'messages of a newer form are given back: another version is writing them (docs/operations/upgrade.md)',
    );
  }

  return ({ headers, format = 1, table = headers }: ReceivedMessage): NextStep | undefined => {
    const aside = asideOf(headers);
    // Retry queues lead to `deliveries` only, so a message of `undelivered` that was given back is sent on from here.
    if (queue === 'deliveries' && aside?.queue === 'undelivered') return { queue: 'undelivered', headers, table };
    if (format <= newestFormat) return undefined;
    note(format);
    const { queue: from, returns, reason } = aside ?? { queue: deathOf(headers)?.queue ?? queue, returns: 0 };
    if (returns < mostReturns && reason === undefined) {
      const after = tierFor(Math.min(delaysMs[Math.min(returns, delaysMs.length - 1)] ?? 0, longestDelayMs));
      return { queue: 'deliveries', after, headers, table: asideTable(table, { queue: from, returns: returns + 1 }) };
    }
    if (queue === 'undelivered') return undefined;
    return {
      queue: 'undelivered',
      headers,
      table: asideTable(table, { queue: from, returns, reason: 'newer_format' }),
    };
  };
}
