import type { PostResult } from '@callbus/callback/post';
import type { Unsent } from '@callbus/callback/unsent';
import type { DeliveryHeaders } from '@callbus/contracts/delivery-task';
import type { EventHeaders } from '@callbus/contracts/event';
import { tierFor } from '@callbus/contracts/topology';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { AttemptOutcome, CallbackOutcome, Statistics } from '@callbus/statistics/statistics';

/** Everything that is kept of what happens to an event, for the counters, for those who ask why, and for the log. */
export interface History {
  matched(event: EventHeaders, subscriptions: readonly number[]): void;
  attempted(task: DeliveryHeaders, result: CallbackAnswer, outcome: CallbackOutcome): void;
  /** There was nothing that could be sent. */
  unsent(task: DeliveryHeaders, reason: string): void;
  waits(event: EventHeaders, subscriptions: readonly number[], because: 'retry' | 'parked', delayMs: number): void;
  ended(task: DeliveryHeaders, how: 'delivered' | 'undelivered' | 'dropped', reason?: string): void;
}

const keptAnswerBytes = 256;

type CallbackAnswer = Exclude<PostResult, Unsent>;

interface Noted {
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly durationMs: number;
  readonly answer: string;
}

/** @param options.now epoch milliseconds */
export function createHistory(options: { statistics: Statistics; logger: Logger; now: () => number }): History {
  const { statistics, logger, now } = options;

  function noteAttempt({ account, id: eventId, subscription, attempt }: DeliveryHeaders, noted: Noted): void {
    const { outcome, status, durationMs, answer } = noted;
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

  return {
    matched({ account, id: eventId, name, bus, receivedAt }, subscriptions) {
      for (const subscription of subscriptions) statistics.count(subscription, 'pending');
      statistics.recordStep({ kind: 'matched', account, eventId, at: now(), receivedAt, name, bus, subscriptions });
      logger.debug({ event: eventId, name, subscriptions: subscriptions.length }, 'matched');
    },

    attempted(task, result, outcome) {
      const status = result.kind === 'answer' ? result.status : null;
      const { durationMs } = result;
      noteAttempt(task, { outcome, status, durationMs, answer: answerOf(result) });
      const { id: eventId, subscription, attempt } = task;
      logger.debug({ event: eventId, subscription, attempt, outcome, status, durationMs }, 'called');
    },

    unsent(task, reason) {
      noteAttempt(task, { outcome: 'unsent', status: null, durationMs: 0, answer: reason });
      const { id: eventId, subscription, attempt } = task;
      logger.warn({ event: eventId, subscription, attempt, error: reason }, 'no request can be made of an event');
    },

    waits({ account, id: eventId }, subscriptions, because, delayMs) {
      const at = now();
      const until = at + tierFor(delayMs).delayMs;
      statistics.recordStep({ kind: 'waiting', account, eventId, at, subscriptions, until, because });
    },

    ended({ account, id: eventId, subscription, attempt, receivedAt, traceparent }, how, reason) {
      statistics.count(subscription, 'pending', -1);
      // A confirmed attempt has told the end: one step and one counter less for every delivery.
      if (how !== 'delivered') {
        statistics.count(subscription, how);
        const step = { kind: 'ended', account, eventId, at: now(), subscription, how } as const;
        statistics.recordStep(reason === undefined ? step : { ...step, reason });
      }
      const ageMs = now() - receivedAt;
      const line = { event: eventId, subscription, attempt, how, reason, ageMs, trace: traceparent };
      // What was delivered is told where it is asked for; the others are few, and wanted.
      if (how === 'delivered') logger.debug(line, 'ended');
      else logger.info(line, 'ended');
    },
  };
}

/** What is kept of an answer, or what went wrong instead of one. */
export function answerOf(result: CallbackAnswer): string {
  if (result.kind !== 'answer') return result.reason;
  const begun = result.body.toString('utf8', 0, keptAnswerBytes);
  return result.fault === undefined ? begun : `${result.fault.reason}: ${begun}`;
}
