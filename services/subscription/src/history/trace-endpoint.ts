import type { Logger } from '@callbus/runtime/observability/logger';
import type { EventStep, Statistics } from '@callbus/statistics/statistics';
import type { Pool } from '../database/pool.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { explain, subscriptionsIn } from './explain.js';
import { readAccount } from '../http/read-path.js';
import { namesOf } from '../subscriptions/read-rows.js';

/** Answers the trace of an event: the matched subscriptions, the attempts, and the state of each delivery. */
export function traceEndpoint(options: { pool: Pool; statistics: Statistics; logger: Logger }): Endpoint {
  const { pool, statistics, logger } = options;

  async function stepsOf(account: string, eventId: string): Promise<readonly EventStep[] | Fault> {
    try {
      return await statistics.trace(account, eventId);
    } catch (error) {
      logger.warn({ err: error }, 'cannot read traces');
      return new Fault('traceFailed', { status: 503 });
    }
  }

  return {
    failed: 'traceFailed',
    roles: ['operate', 'manage'],
    async handle({ params }) {
      const account = readAccount(params);
      if (account instanceof Fault) return account;
      const eventId = String(params['event']);
      const steps = await stepsOf(account, eventId);
      if (steps instanceof Fault) return steps;
      if (steps.length === 0) return new Fault('traceNotFound');
      const names = await namesOf(pool, account, subscriptionsIn(steps));
      return { data: explain(eventId, steps, names) };
    },
  };
}
