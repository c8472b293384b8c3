import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import type { Logger } from '@callbus/runtime/observability/logger';
import { noLesson, type Attempt, type AttemptCallback } from './callbacks/attempt.js';
import { maskAnswer } from './callbacks/mask-answer.js';
import type { OpenSecrets } from '@callbus/callback-request/open-secrets';
import type { Journal } from './journal/journal.js';
import type { Entry, Lanes } from './receivers/lanes.js';
import type { Permit } from './receivers/permit.js';
import type { Directory } from './subscriptions/directory.js';
import { fateCalled, fateSealed, fateUnsent, isGone, returned, type Fate, type RetryPolicy } from './tasks/fate.js';
import { createTask, type Task, type TaskToCall } from './tasks/task.js';

export interface DeliverOptions extends RetryPolicy {
  readonly directory: Pick<Directory, 'known' | 'find'>;
  readonly lanes: Pick<Lanes, 'enter'>;
  readonly openSecrets: OpenSecrets;
  readonly attemptCallback: AttemptCallback;
  /** Tells the subscription service that a receiver is gone for good. @returns false when the subscription has been changed meanwhile */
  readonly disable: (subscription: Subscription, reason: string) => Promise<boolean>;
  readonly journal: Pick<Journal, 'attempted' | 'sealed' | 'unsent'>;
  readonly logger: Logger;
}

/**
 * Makes one callback and returns the fate of its task.
 *
 * @param entry the task's entry into its lane; without it, `deliver` enters the lane itself
 */
export type Deliver = (task: Task, entry?: Entry) => Promise<Fate>;

export function createDeliver(options: DeliverOptions): Deliver {
  const { directory, lanes, openSecrets, attemptCallback, disable, journal, logger } = options;

  async function deliver(task: Task, entry?: Entry): Promise<Fate> {
    if (task.uncalled !== undefined) return task.uncalled;
    const { origin, subscription } = task;
    const entered = entry ?? lanes.enter(subscription, { isReturning: origin.parked > 0, hold: origin.hold });
    const hasWaited = entered instanceof Promise;
    const permit = hasWaited ? await entered : entered;
    if (permit.kind !== 'go') return permit;
    const attempt = await attemptWith(permit, task, hasWaited);
    if (attempt === 'lost') return returned;
    if (attempt === 'changed') return deliverChanged(task);
    if (attempt === 'sealed') {
      journal.sealed(task);
      return fateSealed;
    }
    if (attempt.kind === 'unsent') {
      if (attempt.because === 'request') journal.unsent(task, attempt.reason);
      return fateUnsent(attempt);
    }
    journal.attempted(task, attempt.result, attempt.outcome);
    const isDisabled = isGone(attempt) && (await tryToDisable(subscription));
    return fateCalled(task, attempt, isDisabled, options);
  }

  /** Makes the attempt, and gives the permit back whatever happens. */
  async function attemptWith(
    { leave }: Permit,
    { origin, subscription, subscriptionId }: TaskToCall,
    hasWaited: boolean,
  ): Promise<Attempt | 'changed' | 'lost' | 'sealed'> {
    let lesson = noLesson;
    try {
      // While the task waited for its turn its message may have returned to the queue, and its subscription may have been changed or deleted.
      if (hasWaited && !origin.hold.isOurs()) return 'lost';
      if (hasWaited && directory.known(subscriptionId) !== subscription) return 'changed';
      const opened = openSecrets(subscription);
      if (opened === undefined) return 'sealed';
      const attempt = await attemptCallback(origin, opened);
      lesson = attempt.lesson;
      return maskAnswer(attempt, opened.secretValues);
    } finally {
      leave(lesson.result, lesson.durationMs);
    }
  }

  /** Delivers a task whose subscription has changed while the task waited for its turn. */
  async function deliverChanged({ origin, subscriptionId }: TaskToCall): Promise<Fate> {
    const subscription = directory.known(subscriptionId) ?? (await directory.find(subscriptionId));
    return origin.hold.isOurs() ? deliver(createTask(origin, subscriptionId, subscription)) : returned;
  }

  async function tryToDisable(subscription: Subscription): Promise<boolean> {
    const { id } = subscription;
    try {
      const isDisabled = await disable(subscription, 'the receiver answered 410 Gone');
      if (isDisabled) logger.info({ subscription: id }, 'subscription disabled: the receiver is gone');
      return true;
    } catch (error) {
      logger.warn(
        { subscription: id, error: String(error) },
        'the receiver is gone, but its subscription cannot be disabled now',
      );
      return false;
    }
  }

  return deliver;
}
