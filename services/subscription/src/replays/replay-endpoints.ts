import { inTransaction, type Pool } from '../database/pool.js';
import { withTarget, type Endpoint } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import type { Quotas } from '../accounts/quotas.js';
import { readReplayTarget } from '../http/read-path.js';
import { cancelReplay, findReplay, insertReplay, type Replay } from './replays.js';
import type { Replays } from './run-replays.js';
import { readSelection } from '../undelivered/selection.js';
import { hasSubscription } from '../subscriptions/read-rows.js';

/** Creates a job that replays undelivered events. */
export function startReplayEndpoint(options: {
  pool: Pool;
  quotas: Pick<Quotas, 'forReplay'>;
  replays: Pick<Replays, 'wake'>;
}): Endpoint {
  const { pool, quotas, replays } = options;
  return {
    failed: 'replayFailed',
    isChange: true,
    handle: withTarget(async (target, { body }) => {
      const selection = readSelection(body);
      if (selection instanceof Fault) return selection;
      if (!(await hasSubscription(pool, target))) return new Fault('replayNotFound');
      const replay = await inTransaction(pool, async (client) => {
        const usedUp = await quotas.forReplay(client, target.account);
        return usedUp ?? insertReplay(client, target.id, selection);
      });
      if (replay instanceof Fault) return replay;
      if (replay === undefined) return new Fault('replayNotFound');
      replays.wake();
      return { data: itemOf(replay) };
    }),
  };
}

export function findReplayEndpoint({ pool }: { pool: Pool }): Endpoint {
  return { ...oneReplay(pool, findReplay), roles: ['operate', 'manage'] };
}

export function cancelReplayEndpoint({ pool }: { pool: Pool }): Endpoint {
  return { ...oneReplay(pool, cancelReplay), isChange: true };
}

function oneReplay(pool: Pool, act: typeof findReplay): Endpoint {
  return {
    failed: 'replayFailed',
    async handle({ params }) {
      const target = readReplayTarget(params);
      if (target instanceof Fault) return target;
      if (!(await hasSubscription(pool, target))) return new Fault('replayNotFound');
      const replay = await act(pool, target.id, target.job);
      return replay === undefined ? new Fault('replayNotFound') : { data: itemOf(replay) };
    },
  };
}

function itemOf(replay: Replay) {
  return {
    job_id: replay.id,
    state: replay.state,
    total: replay.total,
    replayed: replay.replayed,
    skipped: replay.skipped,
    created_at: replay.createdAt.toISOString(),
    ended_at: replay.endedAt?.toISOString() ?? null,
  };
}
