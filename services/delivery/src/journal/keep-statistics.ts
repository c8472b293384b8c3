import type { EventHeaders } from '@callbus/contracts/events/event';
import type { WorkerReason } from '@callbus/contracts/deliveries/undelivered';
import type { Counter, AttemptOutcome, Statistics } from '@callbus/statistics/statistics';
import { answerOf } from '../tasks/fate.js';
import type { DeliveryObserver } from './journal.js';
import type { Task } from '../tasks/task.js';

interface Noted {
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly durationMs: number;
  readonly answer: string;
}

export type KeptStatistics = Pick<Statistics, 'count' | 'recordAttempt' | 'recordStep'>;

/** Records deliveries in counters, attempts and traces. @param options.now epoch milliseconds */
export function keepStatistics(options: { statistics: KeptStatistics; now: () => number }): DeliveryObserver {
  const { statistics, now } = options;

  function noteAttempt({ origin, subscriptionId: subscription }: Task, noted: Noted): void {
    const { outcome, status, durationMs, answer } = noted;
    const { headers, attempt } = origin;
    const { account, id: eventId } = headers;
    const at = now();
    statistics.recordAttempt({ subscription, eventId, attempt, outcome, status, durationMs, answer, at });
    statistics.recordStep({
      kind: 'attempt',
      account,
      eventId,
      at,
      subscription,
      attempt,
      outcome,
      status,
      durationMs,
    });
  }

  function noteWait(
    { account, id: eventId }: EventHeaders,
    subscriptions: readonly number[],
    delayMs: number,
    because: 'retry' | 'parked',
  ): void {
    const at = now();
    statistics.recordStep({ kind: 'waiting', account, eventId, at, subscriptions, until: at + delayMs, because });
  }

  function noteEnd(
    { origin, subscriptionId: subscription }: Task,
    how: Exclude<Counter, 'pending'>,
    reason?: WorkerReason,
  ): void {
    const { account, id: eventId } = origin.headers;
    statistics.count(subscription, 'pending', -1);
    statistics.count(subscription, how);
    const step = { kind: 'ended', account, eventId, at: now(), subscription, how } as const;
    statistics.recordStep(reason === undefined ? step : { ...step, reason });
  }

  return {
    matched({ account, id: eventId, name, bus, receivedAt }, subscriptions) {
      for (const subscription of subscriptions) statistics.count(subscription, 'pending');
      statistics.recordStep({ kind: 'matched', account, eventId, at: now(), receivedAt, name, bus, subscriptions });
    },
    attempted(task, result, outcome) {
      const status = result.kind === 'answer' ? result.status : null;
      noteAttempt(task, { outcome, status, durationMs: result.durationMs, answer: answerOf(result) });
    },
    unsent: (task, reason) => noteAttempt(task, { outcome: 'unsent', status: null, durationMs: 0, answer: reason }),
    settled(task, fate) {
      const { origin, subscriptionId } = task;
      switch (fate.kind) {
        case 'delivered':
          // The confirmed attempt already marks the end. This saves a step and a counter for every delivery.
          statistics.count(subscriptionId, 'pending', -1);
          break;
        case 'dropped':
          noteEnd(task, 'dropped');
          break;
        case 'undelivered':
          noteEnd(task, 'undelivered', fate.reason);
          break;
        case 'retry':
          noteWait(origin.headers, [subscriptionId], fate.after.delayMs, 'retry');
          break;
        case 'park':
          noteWait(origin.headers, [subscriptionId], fate.after.delayMs, 'parked');
          break;
        case 'alone':
        case 'returned':
          break;
        default:
          fate satisfies never;
      }
    },
    parkedTogether: (event, subscriptions, after) => noteWait(event, subscriptions, after.delayMs, 'parked'),
  };
}
