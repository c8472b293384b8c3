import type { ConsumeOptions, Outcome } from '@callbus/broker/broker';
import type { Post, PostResult } from '@callbus/callback/post';
import {
  readDeliveryHeaders,
  type DeliveryHeaders,
  type DeliveryTask,
  type UndeliveredReason,
} from '@callbus/contracts/delivery-task';
import { isEventBody } from '@callbus/contracts/event';
import type { Subscription } from '@callbus/contracts/subscription';
import type { Logger } from '@callbus/runtime/logger';
import type { AttemptOutcome } from '@callbus/statistics/statistics';
import { callbackRequest } from './callback-request.js';
import type { Directory } from './directory.js';
import { createJudge } from './judge.js';
import type { CallbackResult } from './lane.js';
import type { Lanes } from './lanes.js';
import { answerOf, type History } from './history.js';
import { retryDelayMs, type RetrySchedule } from './retry-policy.js';
import type { OpenSecrets } from './signing-secrets.js';
import { createTurns } from './turns.js';

export interface DeliverOptions {
  readonly directory: Directory;
  readonly lanes: Lanes;
  readonly openSecrets: OpenSecrets;
  readonly post: Post;
  /** Tells the subscription service that a receiver is gone for good. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
  readonly history: History;
  readonly retrySchedule: RetrySchedule;
  readonly isExpired: (task: DeliveryHeaders) => boolean;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How long a task waits when nobody can say whether its subscription exists, or with what to sign. */
const unknownDelayMs = 30_000;
const goneStatus = 410;
/** A callback that outlasts its time-out by this much tells of a worker that stood still, not of its receiver. */
const standstillMs = 1_000;
/** Whose answers take the worker longer than this to judge is kept off it like one that times out. */
const slowJudgementMs = 100;

/** Calls one callback, notes how it went, and says what becomes of the task. */
export type Deliver = (task: DeliveryTask) => Promise<Outcome>;

/** What was parked together comes back together, by the hundred, at some 70 µs each: no turn is to be longer than a callback's. */
const returningEachTurn = 10;

/** Delivers the tasks that come as messages, alone or as a group. */
export function deliverMessages(deliver: Deliver, group: ConsumeOptions['handle']): ConsumeOptions['handle'] {
  const turns = createTurns({ each: returningEachTurn });
  return async (message) => {
    const { headers: received, body } = message;
    if (Number(received['parked']) > 0) await turns.next();
    if ('subscriptions' in received) return group(message);
    const headers = readDeliveryHeaders(received);
    const isTask = headers !== undefined && isEventBody(headers, body);
    return isTask ? deliver({ headers, body }) : { kind: 'undelivered', reason: 'poison' };
  };
}

export function createDeliver(options: DeliverOptions): Deliver {
  const { directory, lanes, openSecrets, post, disable, history, retrySchedule, isExpired, logger, now } = options;
  const judge = createJudge();

  return async function deliver(message: DeliveryTask): Promise<Outcome> {
    const task = message.headers;
    const subscription = directory.known(task.subscription) ?? (await directory.find(task.subscription));
    if (subscription === 'unreachable') return parked(task, unknownDelayMs);
    if (subscription === 'gone') return dropped(task);
    if (!subscription.enabled) return undelivered(task, 'held');
    if (isExpired(task)) return undelivered(task, 'expired');
    const secrets = openSecrets(subscription);
    if (secrets === undefined) return parked(task, unknownDelayMs);

    const pass = await lanes.enter(subscription, { isReturning: task.parked > 0 });
    if (pass.kind === 'park') return parked(task, pass.delayMs);
    if (directory.known(subscription.id) !== subscription) {
      // Changed or deleted while the task waited for its turn.
      pass.leave('abandoned', 0);
      return deliver(message);
    }
    const result = await call(message, subscription, secrets);
    const judgedFrom = performance.now();
    const outcome = judge(result, subscription);
    pass.leave(lesson(result, outcome, performance.now() - judgedFrom, subscription), result.durationMs);
    history.attempted(task, result, outcome);
    return outcome === 'confirmed' ? delivered(task) : failed(task, subscription, result);
  };

  /** What the lane is to learn of its receiver. */
  function lesson(
    { durationMs }: PostResult,
    outcome: AttemptOutcome,
    judgedMs: number,
    { timeoutMs }: Subscription,
  ): CallbackResult {
    if (durationMs > timeoutMs + standstillMs) return 'abandoned';
    return judgedMs > slowJudgementMs ? 'timeout' : outcome;
  }

  function call(task: DeliveryTask, subscription: Subscription, secrets: readonly Buffer[]): Promise<PostResult> {
    const { headers, body } = callbackRequest(task, subscription, { nowMs: now(), secrets });
    return post.post({ url: subscription.callbackUrl, headers, body, timeoutMs: subscription.timeoutMs });
  }

  async function failed(task: DeliveryHeaders, subscription: Subscription, result: PostResult): Promise<Outcome> {
    const { attempt } = task;
    const { status, retryAfter } = result.kind === 'answer' ? result : {};
    if (status === goneStatus && (await isDisabled(subscription))) return undelivered(task, 'held', result);
    if (attempt >= subscription.maxAttempts) return undelivered(task, 'exhausted', result);
    const delayMs = retryDelayMs(retrySchedule, { attempt, status, retryAfter, nowMs: now() });
    history.waits(task, [task.subscription], 'retry', delayMs);
    return { kind: 'retry', delayMs };
  }

  async function isDisabled(subscription: Subscription): Promise<boolean> {
    const { id } = subscription;
    try {
      await disable(subscription, 'the receiver answered 410 Gone');
      logger.info({ subscription: id }, 'disabled: the receiver is gone');
      return true;
    } catch (error) {
      logger.warn({ subscription: id, error: String(error) }, 'the receiver is gone, but cannot be disabled now');
      return false;
    }
  }

  function delivered(task: DeliveryHeaders): Outcome {
    history.ended(task, 'delivered');
    return { kind: 'done' };
  }

  function dropped(task: DeliveryHeaders): Outcome {
    history.ended(task, 'dropped');
    return { kind: 'done' };
  }

  function parked(task: DeliveryHeaders, delayMs: number): Outcome {
    history.waits(task, [task.subscription], 'parked', delayMs);
    return { kind: 'park', delayMs };
  }

  function undelivered(task: DeliveryHeaders, reason: UndeliveredReason, result?: PostResult): Outcome {
    history.ended(task, 'undelivered', reason);
    if (result === undefined) return { kind: 'undelivered', reason };
    const status = result.kind === 'answer' ? { status: result.status } : {};
    return { kind: 'undelivered', reason, answer: answerOf(result), ...status };
  }
}
