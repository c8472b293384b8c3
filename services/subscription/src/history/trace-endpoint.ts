import type { Logger } from '@callbus/runtime/observability/logger';
import { messageOf } from '@callbus/runtime/observability/message-of';
import type { Statistics, Trace } from '@callbus/statistics/statistics';
import { route, type HandleOf } from '../api/route.js';
import { sampleEventId } from '../api/samples.js';
import type { Pool } from '../database/pool.js';
import { Fault } from '../http/errors.js';
import { explain, subscriptionsIn } from './explain.js';
import { traceSchema } from './trace-schema.js';
import { readAccount } from '../http/read-path.js';
import { namesOf } from '../subscriptions/read-rows.js';

export const traceRoute = route({
  method: 'get',
  path: '/trace/:account/:event',
  tag: 'deliveries',
  summary: 'Read what became of an event',
  description:
    'Traces have a bound in bytes, beyond which the oldest are deleted. The message of a 404 says since when they are kept.',
  roles: ['operate', 'manage', 'look'],
  failed: 'traceFailed',
  errors: ['traceNotFound'],
  data: traceSchema,
  examples: {
    waiting: {
      data: {
        event_id: sampleEventId,
        event_name: 'a.gs.cert.1',
        event_bus_id: null,
        received_at: '2026-11-26T10:20:00.000Z',
        subscriptions: [
          {
            subscription_id: 1,
            subscription_name: 'thumbnails',
            state: 'waiting',
            waiting_until: '2026-11-26T10:20:05.000Z',
            because: 'retry',
            ended_at: null,
            attempts: [
              { attempt: 1, outcome: 'refused', status: 500, duration_ms: 12, at: '2026-11-26T10:20:00.000Z' },
            ],
          },
        ],
        since: '2026-11-22T10:20:00.000Z',
      },
    },
  },
});

/** Answers the trace of an event: the matched subscriptions, the attempts, and the state of each delivery. */
export function traceEndpoint(options: {
  pool: Pool;
  statistics: Statistics;
  logger: Logger;
}): HandleOf<typeof traceRoute> {
  const { pool, statistics, logger } = options;

  async function traceOf(account: string, eventId: string): Promise<Trace | Fault> {
    try {
      return await statistics.trace(account, eventId);
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'cannot read traces');
      return new Fault('traceFailed', { status: 503 });
    }
  }

  return async ({ params }) => {
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
  };
}
