import { newestFormat } from '@callbus/contracts/message-format';
import { asideOf, asideTable, deathOf } from '@callbus/contracts/set-aside';
import { tierFor, type WorkQueue } from '@callbus/contracts/topology';
import type { Logger } from 'pino';
import type { ReceivedMessage } from '../broker.js';
import type { NextStep } from '../next-step.js';

/** Fewer than the 20 after which a message is poison, though no return by way of a retry queue counts for that. */
const mostReturns = 10;
/** However long the schedule gets: a release takes minutes. */
const longestDelayMs = 5 * 60_000;

export interface GiveBackOptions {
  readonly queue: WorkQueue;
  /** How long a message waits after each return; the last one holds for all that follow. */
  readonly delaysMs: readonly number[];
  readonly logger: Logger;
}

/**
 * Decides on messages that no handler here may see. One of a newer form waits in a retry queue, so that it holds no place of the
 * prefetch, and then may meet a worker that knows its form. After the last return it is undelivered, as it came.
 *
 * @returns the next step; undefined for a message that is to be handled
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
    // A retry queue leads to `deliveries` only.
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
