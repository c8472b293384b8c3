import { backoffMs } from '@callbus/concurrency/backoff';
import type { PostResult } from '@callbus/callback/post';
import type { Unsent } from '@callbus/callback/unsent';
import type { RetrySchedule } from '@callbus/contracts/deliveries/retry-schedule';
import type { Subscription } from '@callbus/contracts/subscriptions/subscription';
import { tierFor, type RetryTier } from '@callbus/contracts/messages/topology';
import type { WorkerReason } from '@callbus/contracts/deliveries/undelivered';
import type { CallbackOutcome } from '@callbus/statistics/statistics';
import type { Missing } from '../subscriptions/directory.js';
import { retryDelayMs } from './retry-policy.js';

/** The fate of a task after a worker has handled it. */
export type Fate =
  /** The receiver has confirmed the callback. */
  | { readonly kind: 'delivered' }
  /** The subscription is deleted. */
  | { readonly kind: 'dropped' }
  /** The task waits for its next attempt. `outcome` is that of the failed one. */
  | { readonly kind: 'retry'; readonly after: RetryTier; readonly outcome: CallbackOutcome }
  | Parked
  | Alone
  | Returned
  | Undelivered;

/** The task waits as the same attempt. */
export interface Parked {
  readonly kind: 'park';
  readonly after: RetryTier;
}

/** The task goes on at once as a message of its own, as the same attempt, because the other tasks of its message must not wait for it. */
interface Alone {
  readonly kind: 'alone';
}

/** Nothing was done: the message is no longer ours, or can neither be held nor parked any longer. */
export interface Returned {
  readonly kind: 'returned';
}

export interface Undelivered {
  readonly kind: 'undelivered';
  readonly reason: WorkerReason;
  /** The last attempt's outcome, its HTTP status and the beginning of its answer. */
  readonly outcome?: CallbackOutcome;
  readonly status?: number;
  readonly answer?: string;
}

/** The fate of a task that its lane does not let through. */
export type Dismissed = Parked | Alone | Returned;

/** The fate of an event or a group that is not dispatched. */
export type MessageFate = Parked | Returned | Undelivered;

/** The result of a callback that was made: an answer, or the lack of one. */
export type SentResult = Exclude<PostResult, Unsent>;

/** How long a task waits when its subscription cannot be looked up, or a sealed value cannot be opened. */
const unknownAfter = tierFor(30_000);
/** How long a task waits for a worker that has run out of file descriptors. */
const shortageAfter = tierFor(5_000);
/** The delays of an event whose account has used up its matching time. */
const costlyDelays = { firstMs: 1_000, longestMs: 5 * 60_000 };

const loopStatus = 508;
const goneStatus = 410;
const keptAnswerBytes = 256;

const delivered: Fate = { kind: 'delivered' };
const dropped: Fate = { kind: 'dropped' };
const unknown: Parked = { kind: 'park', after: unknownAfter };
const shortage: Parked = { kind: 'park', after: shortageAfter };
const held: Undelivered = { kind: 'undelivered', reason: 'held' };
const expired: Undelivered = { kind: 'undelivered', reason: 'expired' };
export const returned: Returned = { kind: 'returned' };

/** The fate of a task whose subscription this worker does not know. */
export function fateMissing(missing: Missing): Fate {
  return missing === 'gone' ? dropped : unknown;
}

/** @returns undefined when the receiver has to be called */
export function fateUncalled({ enabled }: Pick<Subscription, 'enabled'>, isExpired: boolean): Fate | undefined {
  if (!enabled) return held;
  return isExpired ? expired : undefined;
}

/** The fate of a task with a sealed value that this worker cannot open. */
export const fateSealed: Fate = unknown;

/** The fate of a task that shares its message: the task goes on alone rather than return with the others. */
export function fateShared(fate: Fate): Exclude<Fate, Returned> {
  return fate.kind === 'returned' ? { kind: 'alone' } : fate;
}

/** The fate of a task for which nothing was sent. */
export function fateUnsent({ because, reason }: Pick<Unsent, 'because' | 'reason'>): Fate {
  return because === 'worker' ? shortage : poison(`the request cannot be built: ${reason}`);
}

export interface Called {
  readonly result: SentResult;
  readonly outcome: CallbackOutcome;
}

export interface RetryPolicy {
  readonly retrySchedule: RetrySchedule;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface TaskCalled {
  readonly origin: { readonly attempt: number };
  readonly subscription: Pick<Subscription, 'maxAttempts'>;
}

/** The fate of a task whose receiver was called. @param isDisabled whether the subscription was disabled because its receiver is gone */
export function fateCalled(
  { origin, subscription }: TaskCalled,
  { result, outcome }: Called,
  isDisabled: boolean,
  { retrySchedule, now }: RetryPolicy,
): Fate {
  if (outcome === 'confirmed') return delivered;
  if (isLoop(result)) return undelivered('loop', result, outcome);
  if (isDisabled) return undelivered('held', result, outcome);
  const { attempt } = origin;
  if (attempt >= subscription.maxAttempts) return undelivered('exhausted', result, outcome);
  const { status, retryAfter } = result.kind === 'answer' ? result : {};
  const delayMs = retryDelayMs(retrySchedule, { attempt, status, retryAfter, nowMs: now() });
  return { kind: 'retry', after: tierFor(delayMs), outcome };
}

/** Whether the receiver is a door of Callbus that refuses an event with too many hops. Such a refusal is no failure of the receiver. */
export function isLoop(result: SentResult): boolean {
  return result.kind === 'answer' && result.status === loopStatus && result.hops !== undefined;
}

/** Whether the receiver answers that it is gone for good. Its subscription is then disabled. */
export function isGone({ result, outcome }: Called): boolean {
  return outcome !== 'confirmed' && result.kind === 'answer' && result.status === goneStatus;
}

/** The fate of a message that cannot be read, or for which no request can be built. */
export function poison(answer: string): Undelivered {
  return { kind: 'undelivered', reason: 'poison', answer };
}

/**
 * The fate of an event whose account has used up its matching time. The delay doubles with each
 * return, so that a flood of such events does not keep the workers busy.
 */
export function fateCostly({
  isExpired,
  parked,
}: {
  readonly isExpired: boolean;
  readonly parked: number;
}): MessageFate {
  if (isExpired) return expired;
  return { kind: 'park', after: tierFor(backoffMs(parked, costlyDelays)) };
}

function undelivered(reason: WorkerReason, result: SentResult, outcome: CallbackOutcome): Undelivered {
  const status = result.kind === 'answer' ? { status: result.status } : {};
  return { kind: 'undelivered', reason, outcome, answer: answerOf(result), ...status };
}

/** The kept part of an answer, or the reason why there is none. */
export function answerOf(result: SentResult): string {
  if (result.kind !== 'answer') return result.reason;
  const begun = result.body.toString('utf8', 0, keptAnswerBytes);
  return result.fault === undefined ? begun : `${result.fault.reason}: ${begun}`;
}
