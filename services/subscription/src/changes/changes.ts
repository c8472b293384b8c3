import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SealedSecret } from '@callbus/contracts/subscriptions/subscription';
import type { Logger } from '@callbus/runtime/observability/logger';
import { messageOf } from '@callbus/runtime/observability/message-of';
import type pg from 'pg';
import type { Announce } from './announce.js';
import type { Pool } from '../database/pool.js';
import type { Epochs } from '../database/epochs.js';
import { Fault } from '../http/errors.js';
import { runLoop } from '../loop.js';
import { findSubscription } from '../subscriptions/read-rows.js';
import {
  deleteSettled,
  findRepeatable,
  insertUnsettled,
  lockUnannounced,
  noteAnnounced,
  noteAnswered,
  noteRefused,
  type Change,
  type UnsettledChange,
} from './unsettled-changes.js';

/**
 * Makes changes, and announces each change to the workers before its caller is answered. When the process dies in
 * between, another process announces the change.
 */
export interface Changes {
  /**
   * A call that was answered with 503, or not at all, may have taken effect. When the call is repeated within a minute,
   * it gets the answer of the first call, once.
   *
   * @throws BrokerUnavailable when the announcement fails. The change may have been made, and is then announced later.
   */
  make(options: {
    /** Undefined for a change that cannot be repeated. */
    readonly call: Call | undefined;
    /** The secret that is answered to the caller, also when the call is repeated. */
    readonly secret?: SealedSecret | undefined;
    /** @returns the change, or the fault that prevents it */
    readonly change: (client: pg.ClientBase) => Promise<Change | Fault>;
  }): Promise<Made | Fault>;
  stop(): Promise<void>;
}

/** The caller and the content of a call, which identify it when it is repeated. */
interface Call {
  readonly operator: string;
  /** The operation and its target. */
  readonly what: readonly (string | number)[];
  readonly body: string;
}

export interface Made {
  readonly subscription: number;
  /** The sealed secret. */
  readonly secret: string | undefined;
  /** False when the call repeats an earlier one and the broker still does not answer. */
  readonly isAnnounced: boolean;
}

const intervalMs = 1_000;
/** The interval at which a repeated call looks for the end of the first call. */
const pollMs = 100;
/** The time that a process has for a change in addition to the confirm time-out. */
const graceBeyondMs = 2_000;

export function createChanges(options: {
  pool: Pool;
  epochs: Epochs;
  announce: Announce;
  confirmTimeoutMs: number;
  logger: Logger;
}): Changes {
  const { pool, epochs, announce, logger } = options;
  const graceS = (options.confirmTimeoutMs + graceBeyondMs) / 1_000;

  /** Finds the first call of a repeated call. Waits for the process that works on it, which may be this one. */
  async function findEarlier(call: Buffer): Promise<UnsettledChange | undefined> {
    for (;;) {
      const earlier = await findRepeatable(pool, call, graceS);
      if (earlier?.isUnderWay !== true) return earlier;
      await sleep(pollMs);
    }
  }

  /** The current state of a changed subscription, which may have changed again. */
  async function currentOf(client: pg.ClientBase, { subscription, revision }: UnsettledChange): Promise<Change> {
    const row = await findSubscription(client, subscription);
    return row === undefined ? { kind: 'deleted', id: subscription, revision } : { kind: 'saved', row };
  }

  /** @returns undefined when the earlier answer would be wrong by now */
  async function answerAgain(earlier: UnsettledChange): Promise<Made | undefined> {
    const { change, epoch } = await epochs.inEpoch(async (client, current) => ({
      change: await currentOf(client, earlier),
      epoch: current,
    }));
    if ((change.kind === 'deleted') !== earlier.isDeletion) return undefined;
    const isAnnounced =
      earlier.isAnnounced ||
      (await announce.change(change, epoch).then(
        () => true,
        () => false,
      ));
    if (!(await noteAnswered(pool, earlier.id, { isAnnounced }))) return undefined;
    return { subscription: earlier.subscription, secret: earlier.secret ?? undefined, isAnnounced };
  }

  async function announceRest(): Promise<void> {
    await epochs.inEpoch(async (client, epoch) => {
      const unannounced = await lockUnannounced(client, graceS);
      for (const each of unannounced) await announce.change(await currentOf(client, each), epoch);
      await noteAnnounced(
        client,
        unannounced.map(({ id }) => id),
      );
      await deleteSettled(client, graceS);
    });
  }

  const logUnnoted = (error: unknown) =>
    logger.warn({ error: messageOf(error) }, 'the state of a change cannot be stored');
  const announcing = runLoop({
    async step() {
      if (announce.isOpen()) await announceRest();
      return false;
    },
    pauseMs: intervalMs,
    failure: 'changes cannot be announced to the workers',
    logger,
  });

  return {
    async make({ call, secret, change }) {
      const digest = call === undefined ? undefined : digestOf(call);
      const earlier = digest === undefined ? undefined : await findEarlier(digest);
      const again = earlier === undefined ? undefined : await answerAgain(earlier);
      if (again !== undefined) return again;

      announce.requireOpen();
      const made = await epochs.inEpoch(async (client, epoch) => {
        const result = await change(client);
        if (result instanceof Fault) return result;
        return { change: result, epoch, id: await insertUnsettled(client, { call: digest, change: result, secret }) };
      });
      if (made instanceof Fault) return made;
      try {
        await announce.change(made.change, made.epoch);
      } catch (error) {
        await noteRefused(pool, made.id).catch(logUnnoted);
        throw error;
      }
      await noteAnswered(pool, made.id, { isAnnounced: true }).catch(logUnnoted);
      const subscription = made.change.kind === 'saved' ? made.change.row.id : made.change.id;
      return { subscription, secret: secret?.sealed, isAnnounced: true };
    },

    stop: () => announcing.stop(),
  };
}

function digestOf({ operator, what, body }: Call): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([operator, what]))
    .update(body)
    .digest();
}
