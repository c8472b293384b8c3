import type { Outcome, ReceivedMessage } from '@callbus/broker/broker';
import type { Post, PostResult } from '@callbus/callback/post';
import { readDeliveryHeaders, type DeliveryHeaders, type DeliveryTask } from '@callbus/contracts/delivery-task';
import type { Subscription } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/logger';
import type { AttemptOutcome, Statistics } from '@callbus/statistics/statistics';
import { callbackRequest } from './callback-request.js';
import type { Directory } from './directory.js';
import { createJudge } from './judge.js';
import type { Lanes } from './lanes.js';
import { retryDelayMs, type RetrySchedule } from './retry-policy.js';
import type { OpenSecrets } from './signing-secrets.js';

export interface DeliverOptions {
  readonly directory: Directory;
  readonly lanes: Lanes;
  readonly openSecrets: OpenSecrets;
  readonly post: Post;
  /** Tells the subscription service that a receiver is gone for good. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
  readonly statistics: Statistics;
  readonly retrySchedule: RetrySchedule;
  readonly maxEventAgeMs: number;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How long a task waits when nobody can say whether its subscription exists, or with what to sign. */
const unknownDelayMs = 30_000;
const goneStatus = 410;
const keptAnswerBytes = 256;

/** Calls one callback, records how it went, and says what becomes of the task. */
export function createDeliver(options: DeliverOptions) {
  const { directory, lanes, openSecrets, post, disable, statistics, retrySchedule, maxEventAgeMs, logger, now } =
    options;
  const judge = createJudge();

  return async function deliver(message: ReceivedMessage): Promise<Outcome> {
    const headers = readDeliveryHeaders(message.headers);
    if (headers === undefined) return { kind: 'undelivered', reason: 'poison' };
    const subscription = await directory.find(headers.subscription);
    if (subscription === 'unreachable') return { kind: 'park', delayMs: unknownDelayMs };
    if (subscription === 'gone') return settled(headers, 'dropped', { kind: 'done' });
    if (!subscription.enabled) return settled(headers, 'undelivered', { kind: 'undelivered', reason: 'held' });
    if (isExpired(headers)) return settled(headers, 'undelivered', { kind: 'undelivered', reason: 'expired' });
    const secrets = openSecrets(subscription);
    if (secrets === undefined) return { kind: 'park', delayMs: unknownDelayMs };

    const pass = await lanes.enter(subscription, { isReturning: headers.parked > 0 });
    if (pass.kind === 'park') return pass;
    if ((await directory.find(subscription.id)) !== subscription) {
      // Changed or deleted while the task waited for its turn.
      pass.leave('abandoned', 0);
      return deliver(message);
    }
    const result = await call({ headers, body: message.body }, subscription, secrets);
    const outcome = judge(result, subscription);
    pass.leave(outcome, result.durationMs);
    record(headers, result, outcome);
    return outcome === 'confirmed'
      ? settled(headers, 'delivered', { kind: 'done' })
      : failed(headers, subscription, result);
  };

  function isExpired({ receivedAt, replayedAt = receivedAt }: DeliveryHeaders): boolean {
    return now() - replayedAt > maxEventAgeMs;
  }

  function call(task: DeliveryTask, subscription: Subscription, secrets: readonly Buffer[]): Promise<PostResult> {
    const { headers, body } = callbackRequest(task, subscription, { nowMs: now(), secrets });
    return post.post({ url: subscription.callbackUrl, headers, body, timeoutMs: subscription.timeoutMs });
  }

  async function failed(headers: DeliveryHeaders, subscription: Subscription, result: PostResult): Promise<Outcome> {
    const { attempt } = headers;
    const answer = result.kind === 'answer' ? result : undefined;
    if (answer?.status === goneStatus && (await isDisabled(subscription))) {
      return settled(headers, 'undelivered', undelivered('held', result));
    }
    if (attempt >= subscription.maxAttempts) return settled(headers, 'undelivered', undelivered('exhausted', result));
    const { status, retryAfter } = answer ?? {};
    return { kind: 'retry', delayMs: retryDelayMs(retrySchedule, { attempt, status, retryAfter, nowMs: now() }) };
  }

  async function isDisabled(subscription: Subscription): Promise<boolean> {
    try {
      await disable(subscription, 'the receiver answered 410 Gone');
      logger.info({ subscription: subscription.id }, 'disabled: the receiver is gone');
      return true;
    } catch (error) {
      logger.warn(
        { subscription: subscription.id, error: String(error) },
        'the receiver is gone, but cannot be disabled now',
      );
      return false;
    }
  }

  function record(headers: DeliveryHeaders, result: PostResult, outcome: AttemptOutcome): void {
    const { subscription, id: eventId, attempt } = headers;
    const status = result.kind === 'answer' ? result.status : null;
    const { durationMs } = result;
    const answer = answerOf(result);
    statistics.recordAttempt({ subscription, eventId, attempt, outcome, status, durationMs, answer, at: now() });
    logger.debug({ event: eventId, subscription, attempt, outcome, status, durationMs }, 'called');
  }

  function settled(
    { subscription }: DeliveryHeaders,
    end: 'delivered' | 'undelivered' | 'dropped',
    outcome: Outcome,
  ): Outcome {
    statistics.count(subscription, end);
    statistics.count(subscription, 'pending', -1);
    return outcome;
  }
}

function undelivered(reason: 'held' | 'exhausted', result: PostResult): Outcome {
  const status = result.kind === 'answer' ? { status: result.status } : {};
  return { kind: 'undelivered', reason, answer: answerOf(result), ...status };
}

function answerOf(result: PostResult): string {
  return result.kind === 'answer' ? result.body.toString('utf8', 0, keptAnswerBytes) : result.reason;
}
