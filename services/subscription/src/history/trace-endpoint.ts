import type { Logger } from '@callbus/runtime/observability/logger';
import type { Statistics, Trace } from '@callbus/statistics/statistics';
import type { Pool } from '../database/pool.js';
import type { Endpoint } from '../http/endpoint.js';
import { Fault } from '../http/errors.js';
import { explain, subscriptionsIn } from './explain.js';
import { readAccount } from '../http/read-path.js';
import { namesOf } from '../subscriptions/read-rows.js';

/** Answers the trace of an event: the matched subscriptions, the attempts, and the state of each delivery. */
export function traceEndpoint(options: { pool: Pool; statistics: Statistics; logger: Logger }): Endpoint {
  const { pool, statistics, logger } = options;

  async function traceOf(account: string, eventId: string): Promise<Trace | Fault> {
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
      const trace = await traceOf(account, eventId);
      if (trace instanceof Fault) return trace;
      const { steps } = trace;
      const since = new Date(trace.since).toISOString();
      if (steps.length === 0) return new Fault('traceNotFound', { reason: since });
      const names = await namesOf(pool, account, subscriptionsIn(steps));
      return { data: { ...explain(eventId, steps, names), since } };
    },
  };
}
