import { integer, nullable, object, oneOf, time, type Static } from '@callbus/openapi/schema';
import { onePath, route, type HandleOf } from '../api/route.js';
import { inTransaction, type Pool } from '../database/pool.js';
import { withTarget } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import type { Quotas } from '../accounts/quotas.js';
import { readReplayTarget } from '../http/read-path.js';
import { cancelReplay, findReplay, insertReplay, replayStates, type Replay } from './replays.js';
import type { Replays } from './run-replays.js';
import { readSelection, selectionSchema } from '../undelivered/selection.js';
import { hasSubscription } from '../subscriptions/read-rows.js';

const jobSchema = object(
  'ReplayJob',
  {
    job_id: integer('The id of the job.'),
    state: oneOf(replayStates, 'Whether the job is under way.'),
    total: integer('Events that were selected when the job was created.'),
    replayed: integer('Events that are back in the queue. One that fails again returns to the undelivered events.'),
    skipped: integer('Events that cannot be read. They stay undelivered.'),
    created_at: time('When the job was created.'),
    ended_at: nullable(time('When the job was done or cancelled.')),
  },
  { description: 'A job that replays undelivered events.' },
);

const sampleJob = {
  job_id: 1,
  state: 'running',
  total: 2,
  replayed: 1,
  skipped: 0,
  created_at: '2026-11-26T10:20:00.000Z',
  ended_at: null,
} as const;

export const startReplayRoute = route({
  method: 'post',
  path: `${onePath}/undelivered/replay`,
  tag: 'undelivered',
  summary: 'Replay undelivered events',
  description:
    'Creates a job that puts the selected events back into the queue, in the order of acceptance. The body has to have `all`, `ids`, `from` or `to`.',
  roles: ['manage'],
  failed: 'replayFailed',
  errors: ['replayNotFound', 'quotaUsedUp'],
  isChange: true,
  body: selectionSchema,
  data: jobSchema,
  examples: {
    all: { body: { all: true }, data: sampleJob },
    period: {
      summary: 'What was accepted within a day and failed all attempts',
      body: { from: '2026-11-26T00:00:00Z', to: '2026-11-27T00:00:00Z', reason: 'exhausted' },
      data: sampleJob,
    },
  },
});

/** What reading a job and cancelling it have in common. */
const oneJob = {
  path: `${onePath}/undelivered/replay/:job`,
  tag: 'undelivered',
  failed: 'replayFailed',
  errors: ['replayNotFound'],
  data: jobSchema,
} as const;

export const findReplayRoute = route({
  ...oneJob,
  method: 'get',
  summary: 'Read the progress of a replay',
  roles: ['operate', 'manage', 'look'],
  examples: { running: { data: sampleJob } },
});

export const cancelReplayRoute = route({
  ...oneJob,
  method: 'delete',
  summary: 'Cancel a replay',
  description: 'The events that are left stay undelivered. A job that has ended does not change.',
  roles: ['manage'],
  isChange: true,
  examples: { cancelled: { data: { ...sampleJob, state: 'cancelled', ended_at: '2026-11-26T10:21:00.000Z' } } },
});

/** Creates a job that replays undelivered events. */
export function startReplayEndpoint(options: {
  pool: Pool;
  quotas: Pick<Quotas, 'forReplay'>;
  replays: Pick<Replays, 'wake'>;
}): HandleOf<typeof startReplayRoute> {
  const { pool, quotas, replays } = options;
  return withTarget(async (target, { body }) => {
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
  });
}

export function findReplayEndpoint({ pool }: { pool: Pool }): HandleOf<typeof findReplayRoute> {
  return oneReplay(pool, findReplay);
}

export function cancelReplayEndpoint({ pool }: { pool: Pool }): HandleOf<typeof cancelReplayRoute> {
  return oneReplay(pool, cancelReplay);
}

function oneReplay(pool: Pool, act: typeof findReplay): HandleOf<typeof findReplayRoute> {
  return async ({ params }) => {
    const target = readReplayTarget(params);
    if (target instanceof Fault) return target;
    if (!(await hasSubscription(pool, target))) return new Fault('replayNotFound');
    const replay = await act(pool, target.id, target.job);
    return replay === undefined ? new Fault('replayNotFound') : { data: itemOf(replay) };
  };
}

function itemOf(replay: Replay): Static<typeof jobSchema> {
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
