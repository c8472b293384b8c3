import type { Outcome, ReceivedMessage } from '@callbus/broker/broker';
import { parseConfirmRule, type ConfirmRule } from '@callbus/callback/confirm';
import type { Post, PostResult } from '@callbus/callback/post';
import { readDeliveryHeaders, type DeliveryTask } from '@callbus/contracts/delivery-task';
import type { Subscription } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/logger';
import type { AttemptOutcome, Statistics } from '@callbus/statistics/statistics';
import { callbackRequest } from './callback-request.js';
import type { Directory } from './directory.js';
import { retryDelayMs, type RetrySchedule } from './retry-policy.js';

export interface DeliverOptions {
  readonly directory: Directory;
  readonly post: Post;
  readonly statistics: Statistics;
  readonly retrySchedule: RetrySchedule;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How long a task waits when nobody can say whether its subscription exists. */
const unknownSubscriptionDelayMs = 30_000;
const keptAnswerBytes = 256;

/** Calls one callback, records how it went, and says what becomes of the task. */
export function createDeliver(options: DeliverOptions) {
  const { directory, post, statistics, retrySchedule, logger, now } = options;
  const confirmRules = new WeakMap<Subscription, ConfirmRule>();

  return async function deliver(message: ReceivedMessage): Promise<Outcome> {
    const headers = readDeliveryHeaders(message.headers);
    if (headers === undefined) return { kind: 'undelivered', reason: 'poison' };
    const task = { headers, body: message.body };

    const subscription = await directory.find(headers.subscription);
    if (subscription === 'unreachable') return { kind: 'park', delayMs: unknownSubscriptionDelayMs };
    if (subscription === 'gone') return settled(headers.subscription, 'dropped', { kind: 'done' });
    if (!subscription.enabled) return settled(subscription.id, 'undelivered', { kind: 'undelivered', reason: 'held' });

    const result = await call(task, subscription);
    const outcome = judge(result, subscription);
    record(task, result, outcome);
    if (outcome === 'confirmed') return settled(subscription.id, 'delivered', { kind: 'done' });
    if (headers.attempt < subscription.maxAttempts) {
      return { kind: 'retry', delayMs: retryDelayMs(retrySchedule, headers.attempt) };
    }
    return settled(subscription.id, 'undelivered', {
      kind: 'undelivered',
      reason: 'exhausted',
      answer: answerOf(result),
      ...(result.kind === 'answer' ? { status: result.status } : {}),
    });
  };

  function call(task: DeliveryTask, subscription: Subscription): Promise<PostResult> {
    const { headers, body } = callbackRequest(task, subscription, now());
    return post.post({ url: subscription.callbackUrl, headers, body, timeoutMs: subscription.timeoutMs });
  }

  function judge(result: PostResult, subscription: Subscription): AttemptOutcome {
    if (result.kind !== 'answer') return result.kind;
    return confirmRuleOf(subscription)(result) ? 'confirmed' : 'refused';
  }

  function confirmRuleOf(subscription: Subscription): ConfirmRule {
    const known = confirmRules.get(subscription);
    if (known !== undefined) return known;
    const rule = parseConfirmRule(subscription.confirmMode, subscription.confirmPattern) ?? (() => false);
    confirmRules.set(subscription, rule);
    return rule;
  }

  function record({ headers }: DeliveryTask, result: PostResult, outcome: AttemptOutcome): void {
    const { subscription, id: eventId, attempt } = headers;
    const status = result.kind === 'answer' ? result.status : null;
    const { durationMs } = result;
    statistics.recordAttempt({
      subscription,
      eventId,
      attempt,
      outcome,
      status,
      durationMs,
      answer: answerOf(result),
      at: now(),
    });
    logger.debug({ event: eventId, subscription, attempt, outcome, status, durationMs }, 'called');
  }

  function settled(subscription: number, end: 'delivered' | 'undelivered' | 'dropped', outcome: Outcome): Outcome {
    statistics.count(subscription, end);
    statistics.count(subscription, 'pending', -1);
    return outcome;
  }
}

function answerOf(result: PostResult): string {
  return result.kind === 'answer' ? result.body.toString('utf8', 0, keptAnswerBytes) : result.reason;
}
