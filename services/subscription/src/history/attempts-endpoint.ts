import { inline, integer, list, object, text as textOf, type Static } from '@callbus/openapi/schema';
import type { Logger } from '@callbus/runtime/observability/logger';
import { messageOf } from '@callbus/runtime/observability/message-of';
import { attemptOutcomes, type Attempt, type AttemptOutcome, type Statistics } from '@callbus/statistics/statistics';
import Joi from 'joi';
import { onePath, route, type HandleOf } from '../api/route.js';
import { sampleEventId } from '../api/samples.js';
import { checkQuery, text } from '../http/check-body.js';
import type { Pool } from '../database/pool.js';
import { withTarget } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { attemptMembers } from './trace-schema.js';
import { hasSubscription } from '../subscriptions/read-rows.js';

const limitMax = 1_000;
/** The longest event id that ingest accepts. */
const eventIdMaxLength = 2_048;

const schema = Joi.object<{ event_id?: string; outcome?: AttemptOutcome; limit: number }>({
  event_id: text(eventIdMaxLength).description('Only attempts of this event.'),
  outcome: Joi.string()
    .empty('')
    .valid(...attemptOutcomes)
    .description('Only attempts that ended like this.'),
  limit: Joi.number().empty('').integer().min(1).max(limitMax).default(100).description('The most attempts.'),
});

const attemptSchema = object('Attempt', {
  event_id: textOf('The id of the event.'),
  ...attemptMembers,
  answer: textOf('The first 256 bytes of the answer, or why there is none.'),
});

export const attemptsRoute = route({
  method: 'get',
  path: `${onePath}/attempts`,
  tag: 'deliveries',
  summary: 'List the last attempts',
  roles: ['operate', 'manage', 'look'],
  failed: 'attemptsFailed',
  errors: ['attemptsNotFound'],
  query: schema,
  data: inline({
    count: integer('The attempts in `info`.'),
    info: list(attemptSchema, { description: 'Newest first.' }),
  }),
  examples: {
    refused: {
      query: { outcome: 'refused', limit: 10 },
      data: {
        count: 1,
        info: [
          {
            event_id: sampleEventId,
            attempt: 1,
            outcome: 'refused',
            status: 500,
            duration_ms: 12,
            answer: 'Internal Server Error',
            at: '2026-11-26T10:20:00.000Z',
          },
        ],
      },
    },
  },
});

/** Answers the last attempts, the newest first. */
export function attemptsEndpoint(options: {
  pool: Pool;
  statistics: Statistics;
  logger: Logger;
}): HandleOf<typeof attemptsRoute> {
  const { pool, statistics, logger } = options;
  return withTarget(async (target, { query }) => {
    const filter = checkQuery(schema, query);
    if (filter instanceof Fault) return filter;
    if (!(await hasSubscription(pool, target))) return new Fault('attemptsNotFound');
    const { event_id, outcome, limit } = filter;
    try {
      const attempts = await statistics.attempts(target.id, {
        limit,
        ...(event_id !== undefined && { eventId: event_id }),
        ...(outcome !== undefined && { outcome }),
      });
      return { data: { count: attempts.length, info: attempts.map(itemOf) } };
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'cannot read attempts');
      return new Fault('attemptsFailed', { status: 503 });
    }
  });
}

function itemOf(attempt: Attempt): Static<typeof attemptSchema> {
  return {
    event_id: attempt.eventId,
    attempt: attempt.attempt,
    outcome: attempt.outcome,
    status: attempt.status,
    duration_ms: attempt.durationMs,
    answer: attempt.answer,
    at: new Date(attempt.at).toISOString(),
  };
}
