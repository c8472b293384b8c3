import type { Hold, Outcome } from '@callbus/broker/broker';
import type { DeliveryHeaders, DeliveryTask } from '@callbus/contracts/delivery-task';
import type { RetrySchedule } from '@callbus/contracts/retry-schedule';
import type { Subscription } from '@callbus/contracts/subscription';
import type { UndeliveredReason } from '@callbus/contracts/undelivered';
import type { Logger } from '@callbus/runtime/observability/logger';
import { isLoop, noLesson, type Attempt, type AttemptCallback } from './attempt.js';
import type { Directory } from './directory.js';
import { answerOf, type History } from './history.js';
import type { Lanes, Pass } from './lanes.js';
import { maskAnswer } from './mask-answer.js';
import { retryDelayMs } from './retry-policy.js';
import type { Opened, OpenSecrets } from './open-secrets.js';

export interface DeliverOptions {
  readonly directory: Directory;
  readonly lanes: Lanes;
  readonly openSecrets: OpenSecrets;
  readonly attemptCallback: AttemptCallback;
  /** Tells the subscription service that a receiver is gone for good. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
  readonly history: History;
  readonly retrySchedule: RetrySchedule;
  readonly isExpired: (task: DeliveryHeaders) => boolean;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How long a task waits when nobody can say whether its subscription exists, or what is sealed of it. */
const unknownDelayMs = 30_000;
/** How long a task waits for a worker that has run out of file descriptors. */
const shortageDelayMs = 5_000;
const goneStatus = 410;

type AttemptOf<Kind> = Extract<Attempt, { kind: Kind }>;

/** Calls one callback, notes how it went, and says what becomes of the task. */
export type Deliver = (task: DeliveryTask, hold: Hold) => Promise<Outcome>;

/** Nothing was done about it. */
export const returned: Outcome = { kind: 'returned' };

/** A task in its lane. */
interface Entered {
  readonly message: DeliveryTask;
  readonly hold: Hold;
  readonly subscription: Subscription;
  readonly opened: Opened;
}

export function createDeliver(options: DeliverOptions): Deliver {
  const { directory, lanes, openSecrets, attemptCallback, disable, history, retrySchedule } = options;
  const { isExpired, logger, now } = options;

  return async function deliver(message: DeliveryTask, hold: Hold): Promise<Outcome> {
    const task = message.headers;
    const subscription = directory.known(task.subscription) ?? (await directory.find(task.subscription));
    // Somebody else has it by now, and calls.
    if (!hold.isOurs()) return returned;
    if (subscription === 'unreachable') return parked(task, unknownDelayMs);
    if (subscription === 'gone') return dropped(task);
    if (!subscription.enabled) return undelivered(task, 'held');
    if (isExpired(task)) return undelivered(task, 'expired');
    const opened = openSecrets(subscription);
    if (opened === undefined) return parked(task, unknownDelayMs);

    const pass = await lanes.enter(subscription, { isReturning: task.parked > 0, hold });
    if (pass.kind === 'park') return parked(task, pass.delayMs);
    if (pass.kind !== 'go') return pass;
    const attempt = await attemptBy(pass, { message, hold, subscription, opened });
    if (attempt === 'changed') return deliver(message, hold);
    if (attempt === 'lost') return returned;
    if (attempt.kind === 'unsent') return unsent(task, attempt);
    history.attempted(task, attempt.result, attempt.outcome);
    return attempt.outcome === 'confirmed' ? delivered(task) : failed(task, subscription, attempt.result);
  };

  /** The pass is given back whatever happens: a lane that misses one has a place less for good. */
  async function attemptBy(
    { leave }: Pass,
    { message, hold, subscription, opened }: Entered,
  ): Promise<Attempt | 'changed' | 'lost'> {
    let lesson = noLesson;
    try {
      // While the task waited for its turn its message may have gone, and its subscription may have been changed or deleted.
      if (!hold.isOurs()) return 'lost';
      if (directory.known(subscription.id) !== subscription) return 'changed';
      const attempt = await attemptCallback(message, opened.subscription, opened.secrets);
      lesson = attempt.lesson;
      return maskAnswer(attempt, opened.secretValues);
    } finally {
      leave(lesson.result, lesson.durationMs);
    }
  }

  function unsent(task: DeliveryHeaders, { because, reason }: AttemptOf<'unsent'>): Outcome {
    if (because === 'worker') return parked(task, shortageDelayMs);
    history.unsent(task, reason);
    history.ended(task, 'undelivered', 'poison');
    return poisonBecause(`the request cannot be built: ${reason}`);
  }

  async function failed(
    task: DeliveryHeaders,
    subscription: Subscription,
    result: AttemptOf<'made'>['result'],
  ): Promise<Outcome> {
    const { attempt } = task;
    if (isLoop(result)) return undelivered(task, 'loop', result);
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

  function undelivered(
    task: DeliveryHeaders,
    reason: UndeliveredReason,
    result?: AttemptOf<'made'>['result'],
  ): Outcome {
    history.ended(task, 'undelivered', reason);
    if (result === undefined) return { kind: 'undelivered', reason };
    const status = result.kind === 'answer' ? { status: result.status } : {};
    return { kind: 'undelivered', reason, answer: answerOf(result), ...status };
  }
}

/** The end of what nobody can read or send. */
export function poisonBecause(answer: string): Outcome {
  return { kind: 'undelivered', reason: 'poison', answer };
}
