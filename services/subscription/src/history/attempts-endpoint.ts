import type { Logger } from '@callbus/runtime/observability/logger';
import { attemptOutcomes, type Attempt, type AttemptOutcome, type Statistics } from '@callbus/statistics/statistics';
import Joi from 'joi';
import { checkQuery, text } from '../http/check-body.js';
import type { Pool } from '../database/pool.js';
import { withTarget, type Endpoint } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { hasSubscription } from '../subscriptions/read-rows.js';

const limitMax = 1_000;
/** The longest event id that ingest accepts. */
const eventIdMaxLength = 2_048;

const schema = Joi.object<{ event_id?: string; outcome?: AttemptOutcome; limit: number }>({
  event_id: text(eventIdMaxLength),
  outcome: Joi.string()
    .empty('')
    .valid(...attemptOutcomes),
  limit: Joi.number().empty('').integer().min(1).max(limitMax).default(100),
});

/** Answers the last attempts, the newest first. */
export function attemptsEndpoint(options: { pool: Pool; statistics: Statistics; logger: Logger }): Endpoint {
  const { pool, statistics, logger } = options;
  return {
    failed: 'attemptsFailed',
    roles: ['operate', 'manage'],
    handle: withTarget(async (target, { query }) => {
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
        logger.warn({ err: error }, 'cannot read attempts');
        return new Fault('attemptsFailed', { status: 503 });
      }
    }),
  };
}

function itemOf(attempt: Attempt) {
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
