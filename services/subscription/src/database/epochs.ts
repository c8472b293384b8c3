import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@callbus/runtime/observability/logger';
import type pg from 'pg';
import { DatabaseAway, inLongTransaction, inTransaction, readOnly, type Pool } from './pool.js';
import type { RevisionMemory } from '@callbus/runtime/redis/revision-memory';

/**
 * A database that was promoted without its last changes, or restored from a backup, is older than the
 * directories of the workers. It begins a new epoch before it is read or changed: revisions and ids continue far above those that may be
 * lost, and every subscription gets a new revision, so that workers take its state for newer than theirs.
 */
export interface Epochs {
  /** Runs `work` in a transaction, in the current epoch. @returns the result of `work`, once it is committed */
  inEpoch<T>(work: (client: pg.ClientBase, epoch: number) => Promise<T>): Promise<T>;
}

/** More revisions and ids than a lagging standby or an old backup lacks. */
const revisionsSkipped = 1_000_000_000;
const idsSkipped = 1_000_000;
const longestWaitMs = 10_000;
const tablesWithIds = ['subscriptions', 'undelivered', 'replays'];

interface State {
  readonly epoch: number;
  /** The last revision that was assigned. */
  readonly revision: number;
  readonly isCurrent: boolean;
}

export function createEpochs(options: { pool: Pool; memory?: RevisionMemory | undefined; logger: Logger }): Epochs {
  const { pool, memory, logger } = options;
  /** The highest revision seen so far. A server that reports a lower one was restored in place. */
  let highestRevision = 0;
  let remembered: number | undefined;
  let beginning: Promise<void> | undefined;

  async function stateOf(client: pg.ClientBase, lock: '' | 'FOR UPDATE' = ''): Promise<State> {
    // Another call may note a revision during the query, which may be newer than the answer.
    const highestBefore = highestRevision;
    const { rows } = await client.query<Omit<State, 'isCurrent'> & { isReadOnly: boolean; isSamePlace: boolean }>(
      `SELECT epoch, pg_is_in_recovery() AS "isReadOnly", place = database_place() AS "isSamePlace",
         (SELECT last_value FROM revisions) AS revision
       FROM database_epoch ${lock}`,
    );
    const [state] = rows;
    // Behind a proxy, the server may have changed since the connection was made.
    if (state === undefined || state.isReadOnly) throw new DatabaseAway(readOnly);
    const { epoch, revision } = state;
    return { epoch, revision, isCurrent: state.isSamePlace && revision >= highestBefore };
  }

  /** Stores the highest revision outside the database. After a failure the next call stores it. */
  async function remember(outside: RevisionMemory): Promise<void> {
    const revision = highestRevision;
    if (revision === remembered) return;
    try {
      highestRevision = Math.max(highestRevision, await outside.remember(revision));
      remembered = revision;
    } catch (error) {
      logger.debug({ err: error }, 'cannot store the highest revision');
    }
  }

  /** Begins a new epoch. When several processes notice that one is due, the row lock lets only one of them begin it. */
  async function begin(): Promise<void> {
    await inLongTransaction(pool, async (client) => {
      const state = await stateOf(client, 'FOR UPDATE');
      if (!state.isCurrent) {
        await client.query(`SELECT setval('revisions', $1)`, [
          Math.max(state.revision, highestRevision) + revisionsSkipped,
        ]);
        for (const table of tablesWithIds)
          await client.query(
            `SELECT setval(sequence, coalesce(pg_sequence_last_value(sequence), 0) + $2)
             FROM (SELECT pg_get_serial_sequence($1, 'id')::regclass AS sequence) AS of_table`,
            [table, idsSkipped],
          );
        await client.query(`UPDATE subscriptions SET revision = nextval('revisions')`);
        await client.query(
          `UPDATE database_epoch SET epoch = greatest(epoch + 1, extract(epoch FROM now()) * 1000), place = database_place()`,
        );
        logger.warn({ before: state }, 'the database was promoted or restored: a new epoch begins');
      }
    });
  }

  /** Waits a limited time for the new epoch. After the wait the work on the epoch continues. */
  async function beginOnce(): Promise<void> {
    beginning ??= begin().finally(() => (beginning = undefined));
    beginning.catch(() => undefined);
    const tooLong = new DatabaseAway('a new epoch of the database has not begun in time');
    const timer = new AbortController();
    const waited = sleep(longestWaitMs, undefined, { signal: timer.signal }).then(() => Promise.reject(tooLong));
    await Promise.race([beginning, waited]).finally(() => {
      timer.abort();
      waited.catch(() => undefined);
    });
  }

  /** The stored revision, for which only the first call waits. From then on this process knows the highest revision. */
  const recalled = memory && remember(memory);

  return {
    async inEpoch(work) {
      await recalled;
      for (;;) {
        const done = await inTransaction(pool, async (client) => {
          const state = await stateOf(client);
          if (!state.isCurrent) return undefined;
          highestRevision = Math.max(highestRevision, state.revision);
          return { value: await work(client, state.epoch) };
        });
        if (done !== undefined) {
          if (memory !== undefined) void remember(memory);
          return done.value;
        }
        await beginOnce();
      }
    },
  };
}
