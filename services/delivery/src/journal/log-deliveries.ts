import type { Logger } from '@callbus/runtime/observability/logger';
import type { DeliveryObserver } from './journal.js';
import type { Task } from '../tasks/task.js';

/** Logs every end except `delivered` at `info`: the other ends are rare, and operators look for them. @param options.now epoch milliseconds */
export function logDeliveries({ logger, now }: { logger: Logger; now: () => number }): DeliveryObserver {
  function lineOf({ origin, subscriptionId }: Task, how: string, reason?: string) {
    const { id: event, receivedAt, traceparent: trace } = origin.headers;
    return {
      event,
      subscription: subscriptionId,
      attempt: origin.attempt,
      how,
      reason,
      ageMs: now() - receivedAt,
      trace,
    };
  }

  return {
    matched({ id: event, name }, { length: subscriptions }) {
      logger.debug({ event, name, subscriptions }, 'matched');
    },
    attempted({ origin, subscriptionId: subscription }, result, outcome) {
      const status = result.kind === 'answer' ? result.status : null;
      const { durationMs } = result;
      logger.debug(
        { event: origin.headers.id, subscription, attempt: origin.attempt, outcome, status, durationMs },
        'called',
      );
    },
    unsent({ origin, subscriptionId: subscription }, error) {
      logger.warn(
        { event: origin.headers.id, subscription, attempt: origin.attempt, error },
        'no request can be built for an event',
      );
    },
    settled(task, fate) {
      switch (fate.kind) {
        case 'delivered':
          logger.debug(lineOf(task, fate.kind), 'ended');
          break;
        case 'dropped':
          logger.info(lineOf(task, fate.kind), 'ended');
          break;
        case 'undelivered':
          logger.info(lineOf(task, fate.kind, fate.reason), 'ended');
          break;
        case 'retry':
        case 'park':
        case 'alone':
        case 'returned':
          break;
        default:
          fate satisfies never;
      }
    },
  };
}
